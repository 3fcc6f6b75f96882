; Go.

;;; go-shell security high 75 CWE-78 shell
;; title: Shell command is built from a value
;; scenario: A value in `{what}` that holds `; rm -rf ~` or `$(...)` is run by the shell as a second command.
;; fix: Call the program itself with `exec.Command(name, args...)`.
(call_expression function: (selector_expression operand: (identifier) @m field: (field_identifier) @f)
  arguments: (argument_list (interpreted_string_literal) @sh . (interpreted_string_literal) @c . (_) @arg)
  (#eq? @m "exec") (#match? @f "^Command(Context)?$") (#match? @sh "^\"(/bin/|/usr/bin/)?(ba|z|da)?sh\"$|^\"cmd(\\.exe)?\"$|^\"powershell\"$") (#match? @c "^\"(-l?c|/[cC]|-Command)\"$")) @hit

;;; go-process-from-request security high 75 CWE-78 external
;; title: Request decides which program runs
;; scenario: A client puts a program or option of its choice into `{what}` and the server runs it.
;; fix: Map the request's value to a fixed list of commands.
(call_expression function: (selector_expression operand: (identifier) @m field: (field_identifier) @f)
  arguments: (argument_list . (_) @arg) (#eq? @m "exec") (#eq? @f "Command")) @hit

;;; go-sql-built security high 75 CWE-89 sql
;; title: SQL statement is built from a value
;; scenario: A value with a quote in it, such as `' OR 1=1 --`, changes the statement `{what}` instead of being compared.
;; fix: Keep the statement constant and pass the value as a bound parameter.
(call_expression function: (selector_expression field: (field_identifier) @f) arguments: (argument_list . (_) @arg)
  (#any-of? @f "Query" "QueryRow" "Exec" "Prepare" "Raw" "Queryx" "QueryRowx" "MustExec" "Get" "Select" "Where")) @hit
(call_expression function: (selector_expression field: (field_identifier) @f) arguments: (argument_list . (_) . (_) @arg)
  (#any-of? @f "QueryContext" "QueryRowContext" "ExecContext" "PrepareContext" "Query" "QueryRow" "Exec")) @hit

;;; go-tls-off security high 75 CWE-295 unconditional
;; title: TLS certificate is not checked
;; scenario: Anyone on the path to the server answers in its place with a certificate of their own, and reads and changes the traffic.
;; fix: Leave verification on; put a private authority's certificate into `RootCAs`.
(keyed_element (literal_element (identifier) @k) (literal_element (true)) (#eq? @k "InsecureSkipVerify")) @hit
(assignment_statement left: (expression_list (selector_expression field: (field_identifier) @k)) right: (expression_list (true))
  (#eq? @k "InsecureSkipVerify")) @hit

;;; go-ssh-any-host security high 75 CWE-295
;; title: SSH host key is not checked
;; scenario: A machine in the middle answers with its own key and gets the password and the traffic.
;; fix: Use `ssh.FixedHostKey` or `knownhosts.New`.
(call_expression function: (selector_expression operand: (identifier) @m field: (field_identifier) @f)
  (#eq? @m "ssh") (#eq? @f "InsecureIgnoreHostKey")) @hit

;;; go-weak-random security medium 75 CWE-330 math-rand
;; title: Secret comes from a predictable random generator
;; scenario: math/rand's next values follow from its seed or from earlier output, so tokens can be computed.
;; fix: Use crypto/rand.
(call_expression function: (selector_expression operand: (identifier) @m field: (field_identifier) @f)
  (#eq? @m "rand") (#match? @f "^(Intn?|Int31n?|Int63n?|Uint32|Uint64|Float64|Perm|Read|IntN|N)$")) @hit

;;; go-weak-hash security high 75 CWE-327 secret-hash
;; title: Secret is hashed with MD5 or SHA-1
;; scenario: Whoever gets the digests recovers weak passwords at billions of guesses per second, or forges a signature.
;; fix: Use bcrypt, scrypt or argon2 for passwords, HMAC with SHA-256 for signatures.
(call_expression function: (selector_expression operand: (identifier) @m field: (field_identifier) @f)
  (#any-of? @m "md5" "sha1") (#match? @f "^Sum$")) @hit

;;; go-weak-cipher security high 75 CWE-327
;; title: Broken cipher
;; scenario: DES and RC4 keys fall to brute force or statistics, and the plaintext is read.
;; fix: Use AES-GCM or ChaCha20-Poly1305.
(call_expression function: (selector_expression operand: (identifier) @m field: (field_identifier) @f)
  (#any-of? @m "des" "rc4") (#match? @f "^New(TripleDES)?Cipher$")) @hit

;;; go-no-timeouts security low 50 CWE-400
;; title: HTTP server without timeouts
;; scenario: A client that sends its headers byte by byte keeps a connection and a goroutine for ever.
;; fix: Use `http.Server` with `ReadHeaderTimeout`, `ReadTimeout` and `IdleTimeout`.
(call_expression function: (selector_expression operand: (identifier) @m field: (field_identifier) @f)
  (#eq? @m "http") (#match? @f "^ListenAndServe(TLS)?$")) @hit

;;; go-template-html security high 75 CWE-79 markup
;; title: Unescaped text is marked as safe HTML
;; scenario: A value with `<script>` in `{what}` reaches the page as markup and runs in the visitor's browser.
;; fix: Give the template the plain string.
(call_expression function: (selector_expression operand: (identifier) @m field: (field_identifier) @f) arguments: (argument_list . (_) @arg)
  (#eq? @m "template") (#any-of? @f "HTML" "JS" "URL" "HTMLAttr")) @hit
(type_conversion_expression type: (qualified_type package: (package_identifier) @m name: (type_identifier) @f) operand: (_) @arg
  (#eq? @m "template") (#any-of? @f "HTML" "JS" "URL" "HTMLAttr")) @hit

;;; go-reflected-html security high 75 CWE-79 external-html
;; title: Request value is sent back as HTML
;; scenario: A link with `<script>` in this parameter runs in the browser of whoever opens it.
;; fix: Use html/template, or `html.EscapeString` on the value.
(call_expression function: (selector_expression operand: (identifier) @m field: (field_identifier) @f) @fn
  arguments: (argument_list . (identifier) @w . [(call_expression) (binary_expression)] @arg)
  (#any-of? @m "fmt" "io") (#any-of? @f "Fprint" "Fprintln" "WriteString") (#eq? @w "w")) @hit

;;; go-path-from-request security high 75 CWE-22 path
;; title: Request decides which file is opened
;; scenario: A client sends `../../etc/passwd` in `{what}` and gets or changes a file outside the folder.
;; fix: Use `os.OpenInRoot` or `filepath.IsLocal` before joining.
(call_expression function: (selector_expression operand: (identifier) @m field: (field_identifier) @f) arguments: (argument_list . (_) @arg)
  (#any-of? @m "os" "ioutil") (#any-of? @f "Open" "ReadFile" "WriteFile" "Remove" "RemoveAll" "Create" "OpenFile" "ReadDir")) @hit
(call_expression function: (selector_expression operand: (identifier) @m field: (field_identifier) @f) arguments: (argument_list . (_) . (_) . (_) @arg)
  (#eq? @m "http") (#eq? @f "ServeFile")) @hit

;;; go-zip-slip security high 50 CWE-22 archive
;; title: Archive entry's name becomes a path unchecked
;; scenario: An entry named `../../.ssh/authorized_keys` is written outside the target folder.
;; fix: Refuse names for which `filepath.IsLocal` is false.
(call_expression function: (selector_expression operand: (identifier) @m field: (field_identifier) @f)
  arguments: (argument_list (_) (selector_expression operand: (identifier) @e field: (field_identifier) @n) @what .)
  (#any-of? @m "filepath" "path") (#eq? @f "Join") (#match? @e "^(f|file|header|hdr|entry|zf|h|th)$") (#eq? @n "Name")) @hit

;;; go-ssrf security high 75 CWE-918 url
;; title: Request decides which server is called
;; scenario: A client sends `http://169.254.169.254/` or an internal address in `{what}` and reads the answer through this server.
;; fix: Allow a fixed list of hosts, and check the address in the dialer.
(call_expression function: (selector_expression operand: (identifier) @m field: (field_identifier) @f) arguments: (argument_list . (_) @arg)
  (#eq? @m "http") (#any-of? @f "Get" "Post" "Head" "PostForm")) @hit

;;; go-redirect security medium 75 CWE-601 redirect
;; title: Request decides where the visitor is sent
;; scenario: A link to this site with another site's address in `{what}` sends the visitor there, for phishing.
;; fix: Accept only paths of this site.
(call_expression function: (selector_expression operand: (identifier) @m field: (field_identifier) @f) arguments: (argument_list . (_) . (_) . (_) @arg)
  (#eq? @m "http") (#eq? @f "Redirect")) @hit

;;; go-jwt-none security high 75 CWE-347
;; title: Unsigned JWTs are accepted
;; scenario: A client writes any claims it likes into a token with algorithm `none` and is believed.
;; fix: Check the signing method, and only with a key.
((selector_expression operand: (identifier) @m field: (field_identifier) @f) @hit
  (#eq? @m "jwt") (#any-of? @f "UnsafeAllowNoneSignatureType" "SigningMethodNone"))

;;; go-chmod-all security medium 75 CWE-732
;; title: Everyone may write this file
;; scenario: Any local user replaces the content, and the owner's next run uses it.
;; fix: Give 0700, 0755 or 0600.
(call_expression function: (selector_expression operand: (identifier) @m field: (field_identifier) @f) arguments: (argument_list . (_) . (int_literal) @n)
  (#eq? @m "os") (#eq? @f "Chmod") (#any-of? @n "0777" "0o777" "0666" "0o666")) @hit

;;; go-cors-credentials security medium 75 CWE-942 both-keys
;; title: Any origin may send credentialed requests
;; scenario: A page on another site calls this API with the visitor's cookies and reads the answer.
;; fix: List the origins that may send credentials.
(literal_value (keyed_element (literal_element (identifier) @k1) (literal_element (true))) @first
  (keyed_element (literal_element (identifier) @k2) (literal_element (true))) @second
  (#eq? @k1 "AllowAllOrigins") (#eq? @k2 "AllowCredentials")) @hit
(literal_value (keyed_element (literal_element (identifier) @k1) (literal_element (true))) @first
  (keyed_element (literal_element (identifier) @k2) (literal_element (true))) @second
  (#eq? @k1 "AllowCredentials") (#eq? @k2 "AllowAllOrigins")) @hit

;;; go-defer-in-loop performance medium 50 alloc-in-loop in-loop-again
;; title: Deferred call in a loop
;; scenario: Nothing deferred runs before the function ends, so n rounds keep n files, rows or locks open.
;; fix: Move the round's body into a function of its own, or close at the end of the round.
(defer_statement (call_expression function: (selector_expression field: (field_identifier) @f)
  (#any-of? @f "Close" "Unlock" "RUnlock" "Rollback" "Stop"))) @hit

;;; go-regexp-in-loop performance medium 75 recompile-in-loop in-loop-constant
;; title: Regular expression is compiled in a loop
;; scenario: Each round compiles the same pattern, some microseconds and allocations each.
;; fix: Compile it once in a package variable.
(call_expression function: (selector_expression operand: (identifier) @m field: (field_identifier) @f) arguments: (argument_list . (_) @arg)
  (#eq? @m "regexp") (#any-of? @f "MustCompile" "Compile" "MatchString" "Match")) @hit

;;; go-string-grown-in-loop performance low 50 quadratic string-grown-in-loop
;; title: String grows by concatenation in a loop
;; scenario: Each round copies all of `{what}` so far, so n rounds copy n²/2 bytes.
;; fix: Use `strings.Builder`.
;; file: := ["`]|var \w+ string
(assignment_statement left: (expression_list . (identifier) @target @what .) operator: "+=") @hit

;;; go-request-body performance medium 50 unbounded-read request-body
;; title: Whole request body is read without a bound
;; scenario: A client that sends gigabytes fills the server's memory.
;; fix: Wrap the body in `http.MaxBytesReader`.
(call_expression function: (selector_expression operand: (identifier) @m field: (field_identifier) @f) arguments: (argument_list . (selector_expression) @arg .)
  (#any-of? @m "io" "ioutil") (#eq? @f "ReadAll") (#match? @arg "^(r|req|request|c\\.Request|ctx\\.Request)\\.Body$")) @hit

;;; go-query-per-item performance medium 75 n-plus-one per-item
;; title: One database query per item of a loop
;; scenario: With 1,000 items `{what}` makes 1,000 round trips where one query would do.
;; fix: Ask for all at once (`IN (...)`, `= ANY($1)`, a join).
(call_expression function: (selector_expression operand: (_) @o field: (field_identifier) @f)
  (#match? @o "(^|\\.)(db|DB|tx|conn|pool)$") (#match? @f "^(Query|QueryRow|QueryContext|QueryRowContext|QueryRowx|Queryx)$")) @hit
