//! Go's rules, one by one.

use super::super::rule::Dialect;
use super::{Case, hold};

const CASES: &[Case] = &[
    (
        "go-shell",
        "package a\nfunc f(x string) { exec.Command(\"sh\", \"-c\", \"ls \"+x) }\n",
        "package a\nfunc f(x string) { exec.Command(\"ls\", x); exec.Command(\"sh\", \"-c\", \"ls\") }\n",
    ),
    (
        "go-process-from-request",
        "package a\nfunc f(r *http.Request) { exec.Command(r.FormValue(\"c\")) }\n",
        "package a\nfunc f(c string) { exec.Command(c) }\n",
    ),
    (
        "go-sql-built",
        "package a\nfunc f(db *sql.DB, n string) { db.Query(fmt.Sprintf(\"SELECT a FROM t WHERE n = '%s'\", n)) }\n",
        "package a\nfunc f(db *sql.DB, n string, i int) { db.Query(\"SELECT a FROM t WHERE n = $1\", n); db.Query(fmt.Sprintf(\"SELECT a FROM t WHERE n = %d\", i)) }\n",
    ),
    (
        "go-tls-off",
        "package a\nvar c = tls.Config{InsecureSkipVerify: true}\n",
        "package a\nvar c = tls.Config{InsecureSkipVerify: false}\n",
    ),
    (
        "go-ssh-any-host",
        "package a\nvar c = ssh.InsecureIgnoreHostKey()\n",
        "package a\nvar c = ssh.FixedHostKey(k)\n",
    ),
    (
        "go-weak-random",
        "package a\nimport \"math/rand\"\nfunc f() { token := rand.Intn(9); use(token) }\n",
        "package a\nimport \"math/rand\"\nfunc f() { delay := rand.Intn(9); use(delay) }\n",
    ),
    (
        "go-weak-hash",
        "package a\nfunc f(password []byte) { h := md5.Sum(password); use(h) }\n",
        "package a\nfunc f(data []byte) { h := md5.Sum(data); use(h) }\n",
    ),
    (
        "go-weak-cipher",
        "package a\nfunc f(k []byte) { rc4.NewCipher(k) }\n",
        "package a\nfunc f(k []byte) { aes.NewCipher(k) }\n",
    ),
    (
        "go-no-timeouts",
        "package a\nfunc f() { http.ListenAndServe(\":1\", nil) }\n",
        "package a\nfunc f(s *http.Server) { s.ListenAndServe() }\n",
    ),
    (
        "go-template-html",
        "package a\nfunc f(r *http.Request) { return template.HTML(\"<b>\" + r.FormValue(\"q\")) }\n",
        "package a\nfunc f() { return template.HTML(\"<b>\") }\n",
    ),
    (
        "go-reflected-html",
        "package a\nfunc f(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, \"<b>\" + r.FormValue(\"q\")) }\n",
        "package a\nfunc f(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, \"<b>\" + html.EscapeString(r.FormValue(\"q\"))) }\n",
    ),
    (
        "go-path-from-request",
        "package a\nfunc f(r *http.Request) { os.Open(filepath.Join(dir, r.FormValue(\"n\"))) }\n",
        "package a\nfunc f(n string) { os.Open(filepath.Join(dir, n)) }\n",
    ),
    (
        "go-zip-slip",
        "package a\nimport \"archive/zip\"\nfunc f(dst string, f *zip.File) { p := filepath.Join(dst, f.Name); use(p) }\n",
        "package a\nimport \"archive/zip\"\nfunc f(dst string, f *zip.File) { if !filepath.IsLocal(f.Name) { return }; p := filepath.Join(dst, f.Name); use(p) }\n",
    ),
    (
        "go-ssrf",
        "package a\nfunc f(r *http.Request) { u := r.FormValue(\"u\"); http.Get(u) }\n",
        "package a\nfunc f(r *http.Request) { http.Get(\"https://a.example/\" + r.FormValue(\"u\")) }\n",
    ),
    (
        "go-redirect",
        "package a\nfunc f(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.FormValue(\"next\"), 302) }\n",
        "package a\nfunc f(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), 302) }\n",
    ),
    (
        "go-jwt-none",
        "package a\nvar k = jwt.UnsafeAllowNoneSignatureType\n",
        "package a\nvar k = jwt.SigningMethodHS256\n",
    ),
    (
        "go-chmod-all",
        "package a\nfunc f(p string) { os.Chmod(p, 0777) }\n",
        "package a\nfunc f(p string) { os.Chmod(p, 0700) }\n",
    ),
    (
        "go-cors-credentials",
        "package a\nvar c = cors.Config{AllowAllOrigins: true, AllowCredentials: true}\n",
        "package a\nvar c = cors.Config{AllowAllOrigins: true, AllowCredentials: false}\n",
    ),
    (
        "go-defer-in-loop",
        "package a\nfunc f(ps []string) { for _, p := range ps { h, _ := os.Open(p); defer h.Close(); use(h) } }\n",
        "package a\nfunc f(ps []string) { for _, p := range ps { func() { h, _ := os.Open(p); defer h.Close() }() } }\nfunc g(ps []string) { for _, p := range ps { h, _ := os.Open(p)\n defer h.Close()\n use(h)\n break } }\n",
    ),
    (
        "go-regexp-in-loop",
        "package a\nfunc f(xs []string) { for _, x := range xs { re := regexp.MustCompile(`a+`); use(re, x) } }\n",
        "package a\nfunc f(xs []string) { re := regexp.MustCompile(`a+`); for _, x := range xs { use(re, x) } }\n",
    ),
    (
        "go-string-grown-in-loop",
        "package a\nfunc f(xs []string) string { s := \"\"; for _, x := range xs { s += x }; return s }\n",
        "package a\nfunc f(xs []int) int { s := 0; for _, x := range xs { s += x }; return s }\n",
    ),
    (
        "go-request-body",
        "package a\nfunc f(w http.ResponseWriter, r *http.Request) { io.ReadAll(r.Body) }\n",
        "package a\nfunc f(w http.ResponseWriter, r *http.Request) { r.Body = http.MaxBytesReader(w, r.Body, 9); io.ReadAll(r.Body) }\n",
    ),
    (
        "go-query-per-item",
        "package a\nfunc f(ids []int) { for _, id := range ids { row := db.QueryRow(\"SELECT 1 WHERE a = $1\", id); use(row) } }\n",
        "package a\nfunc f(ids []int) { rows := db.Query(\"SELECT 1\"); for _, id := range ids { use(rows, id) } }\n",
    ),
];

#[test]
fn every_rule_meets_its_case_and_leaves_its_neighbour() {
    hold(Dialect::Go, "pkg/server.go", CASES);
}
