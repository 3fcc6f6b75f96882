//! C's rules, one by one.

use super::super::rule::Dialect;
use super::{Case, hold};

const CASES: &[Case] = &[
    (
        "c-gets",
        "void f(void) { char b[9]; gets(b); }\n",
        "void f(void) { char b[9]; fgets(b, 9, stdin); }\n",
    ),
    (
        "c-strcpy",
        "void f(const char *s) { char b[9]; strcpy(b, s); }\n",
        "void f(const char *s) { char b[9]; if (strlen(s) < 9) strcpy(b, s); strcpy(b, \"a\"); }\n",
    ),
    (
        "c-sprintf",
        "void f(const char *s) { char b[9]; sprintf(b, \"%s\", s); }\n",
        "void f(int n) { char b[99]; sprintf(b, \"%d\", n); }\n",
    ),
    (
        "c-scanf",
        "void f(void) { char b[9]; scanf(\"%s\", b); }\n",
        "void f(void) { char b[9]; scanf(\"%8s\", b); }\n",
    ),
    (
        "c-format-string",
        "int main(int argc, char **argv) { printf(argv[1]); }\n",
        "int main(int argc, char **argv) { printf(\"%s\", argv[1]); }\n",
    ),
    (
        "c-system",
        "void f(const char *s) { system(s); }\n",
        "void f(void) { system(\"ls\"); }\n",
    ),
    (
        "c-weak-random",
        "void f(void) { int session_id = rand(); use(session_id); }\n",
        "void f(void) { int delay = rand(); use(delay); }\n",
    ),
    (
        "c-chmod-all",
        "void f(const char *p) { chmod(p, 0777); }\n",
        "void f(const char *p) { chmod(p, 0700); }\n",
    ),
    (
        "c-mktemp",
        "void f(char *t) { mktemp(t); }\n",
        "void f(char *t) { mkstemp(t); }\n",
    ),
    (
        "c-malloc-product",
        "void *f(size_t n, size_t m) { return malloc(n * m); }\n",
        "void *f(size_t n) { return malloc(n * sizeof(int)); }\n",
    ),
    (
        "c-weak-cipher",
        "void f(void) { use(EVP_des_cbc()); }\n",
        "void f(void) { use(EVP_aes_256_gcm()); }\n",
    ),
    (
        "c-tls-off",
        "void f(CURL *c) { curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L); }\n",
        "void f(CURL *c) { curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L); }\n",
    ),
    (
        "c-strlen-in-condition",
        "void f(char *s) { for (int i = 0; i < strlen(s); i++) { s[i] = 'a'; } }\n",
        "void f(char *s) { for (int i = 0; i < strlen(s); i++) { use(s[i]); } }\n",
    ),
    (
        "c-regcomp-in-loop",
        "void f(int n) { for (int i = 0; i < n; i++) { regcomp(&r, \"a+\", 0); } }\n",
        "void f(int n) { regcomp(&r, \"a+\", 0); for (int i = 0; i < n; i++) { use(&r); } }\n",
    ),
];

#[test]
fn every_rule_meets_its_case_and_leaves_its_neighbour() {
    hold(Dialect::C, "src/main.c", CASES);
}
