; C.

;;; c-gets security critical 75 CWE-242
;; title: gets() cannot be used safely
;; scenario: A line longer than the buffer overwrites the stack.
;; fix: Use `fgets` with the buffer's size.
(call_expression function: (identifier) @f arguments: (argument_list . (identifier) .) (#eq? @f "gets")) @hit

;;; c-strcpy security high 75 CWE-120 fixed-buffer
;; title: Unbounded copy into an array of fixed size
;; scenario: A value of `{what}` longer than the array overwrites the stack.
;; fix: Check the length first, or use `snprintf` with the array's size.
(call_expression function: (identifier) @f arguments: (argument_list . (identifier) @buffer . (_) @arg .)
  (#any-of? @f "strcpy" "strcat" "stpcpy")) @hit

;;; c-sprintf security medium 50 CWE-120 fixed-buffer
;; title: Unbounded print into an array of fixed size
;; scenario: A string printed through `%s` in `{what}` that is longer than the array overwrites the stack.
;; fix: Use `snprintf` with the array's size.
(call_expression function: (identifier) @f arguments: (argument_list . (identifier) @buffer . (string_literal) @arg)
  (#any-of? @f "sprintf" "vsprintf")) @hit

;;; c-scanf security high 75 CWE-120 unbounded-scan
;; title: scanf reads a word of any length
;; scenario: A word longer than the buffer overwrites what stands behind it.
;; fix: Give a width, as in `%63s`.
(call_expression function: (identifier) @f arguments: (argument_list . (string_literal) @arg) (#any-of? @f "scanf")) @hit
(call_expression function: (identifier) @f arguments: (argument_list . (_) . (string_literal) @arg) (#any-of? @f "fscanf")) @hit

;;; c-format-string security high 75 CWE-134 format-string
;; title: Format string is not a constant
;; scenario: `%n` or `%s` in `{what}` writes or reads memory that was never passed.
;; fix: Use `"%s"` as the format.
(call_expression function: (identifier) @f arguments: (argument_list . (_) @arg .) (#any-of? @f "printf")) @hit
(call_expression function: (identifier) @f arguments: (argument_list . (_) . (_) @arg .) (#any-of? @f "fprintf" "syslog")) @hit
(call_expression function: (identifier) @f arguments: (argument_list . (_) . (_) . (_) @arg .) (#any-of? @f "snprintf")) @hit

;;; c-system security high 50 CWE-78 code
;; title: Shell command is not a constant
;; scenario: A value in `{what}` that holds `; rm -rf ~` or `$(...)` is run by the shell as a second command.
;; fix: Use `posix_spawn` or `execv` with a list of arguments.
(call_expression function: (identifier) @f arguments: (argument_list . (_) @arg) (#any-of? @f "system" "popen")) @hit

;;; c-weak-random security medium 75 CWE-330 secret-context
;; title: Secret comes from a predictable random generator
;; scenario: The next values of `rand` follow from its seed, so the secret can be computed.
;; fix: Use `getrandom` or `getentropy`.
(call_expression function: (identifier) @f (#any-of? @f "rand" "random" "lrand48" "drand48")) @hit

;;; c-chmod-all security medium 75 CWE-732
;; title: Everyone may write this file
;; scenario: Any local user replaces the content, and the owner's next run uses it.
;; fix: Give 0700, 0755 or 0600.
(call_expression function: (identifier) @f arguments: (argument_list . (_) . (number_literal) @n .)
  (#any-of? @f "chmod" "fchmod") (#any-of? @n "0777" "0666")) @hit

;;; c-mktemp security medium 75 CWE-377
;; title: Temporary name is made before the file
;; scenario: Between the naming and the opening another user creates the name as a link to a file of the victim's.
;; fix: Use `mkstemp`.
(call_expression function: (identifier) @f (#any-of? @f "mktemp" "tmpnam" "tempnam")) @hit

;;; c-malloc-product security medium 50 CWE-190 unsized-product
;; title: Size of an allocation may overflow
;; scenario: When the product of the two values in `{what}` wraps around, the block is smaller than what is written to it.
;; fix: Use `calloc(n, size)` or `reallocarray`.
(call_expression function: (identifier) @f arguments: (argument_list . (binary_expression left: (_) @left operator: "*" right: (_) @right) @what .)
  (#any-of? @f "malloc" "alloca")) @hit

;;; c-weak-cipher security high 75 CWE-327
;; title: Broken cipher or block mode
;; scenario: DES and RC4 keys fall to brute force or statistics, and ECB shows equal plaintext blocks as equal ciphertext.
;; fix: Use `EVP_aes_256_gcm`.
(call_expression function: (identifier) @f (#match? @f "^EVP_(des_|rc4|rc2_|bf_|aes_\\d+_ecb)")) @hit

;;; c-tls-off security high 75 CWE-295 unconditional
;; title: TLS certificate is not checked
;; scenario: Anyone on the path to the server answers in its place with a certificate of their own, and reads and changes the traffic.
;; fix: Leave verification on; name a private authority's certificate with `CURLOPT_CAINFO`.
(call_expression function: (identifier) @f arguments: (argument_list . (_) . (identifier) @o . (number_literal) @n .)
  (#eq? @f "curl_easy_setopt") (#any-of? @o "CURLOPT_SSL_VERIFYPEER" "CURLOPT_SSL_VERIFYHOST") (#match? @n "^0[Ll]?$")) @hit

;;; c-strlen-in-condition performance low 50 quadratic loop-condition
;; title: Length is counted again in every round
;; scenario: The loop writes to `{what}`, so the compiler cannot keep its length; n rounds walk n² bytes.
;; fix: Count once before the loop.
(call_expression function: (identifier) @f arguments: (argument_list . (identifier) @arg .) (#eq? @f "strlen")) @hit

;;; c-regcomp-in-loop performance medium 75 recompile-in-loop in-loop-constant
;; title: Regular expression is compiled in a loop
;; scenario: Each round compiles the same pattern again.
;; fix: Compile it once before the loop.
(call_expression function: (identifier) @f arguments: (argument_list . (_) . (_) @arg) (#eq? @f "regcomp")) @hit
