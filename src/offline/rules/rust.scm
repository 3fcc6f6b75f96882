; Rust.

;;; rs-transmute security low 50 CWE-704
;; title: New transmute
;; scenario: If the two types differ in layout, validity or lifetime, the result is undefined behaviour.
;; fix: Use a cast, `from_ne_bytes`, or a crate that checks the layout, or state in a SAFETY comment why it holds.
(call_expression function: [(scoped_identifier name: (identifier) @f) (generic_function function: (scoped_identifier name: (identifier) @f)) (identifier) @f]
  (#any-of? @f "transmute" "transmute_copy")) @hit

;;; rs-unchecked security low 50 CWE-119
;; title: New unchecked access
;; scenario: An index out of bounds or bytes that are not UTF-8 are undefined behaviour here instead of a panic or an error.
;; fix: Use the checked form, or state in a SAFETY comment what proves it.
(call_expression function: [(scoped_identifier name: (identifier) @f) (field_expression field: (field_identifier) @f)]
  arguments: (arguments . (_)) (#any-of? @f "from_utf8_unchecked" "get_unchecked" "get_unchecked_mut")) @hit

;;; rs-uninitialized security medium 75 CWE-908
;; title: Uninitialised value
;; scenario: `mem::uninitialized` is undefined behaviour for nearly every type, integers included.
;; fix: Use `MaybeUninit`.
(call_expression function: [(scoped_identifier name: (identifier) @f) (generic_function function: (scoped_identifier name: (identifier) @f))]
  (#eq? @f "uninitialized")) @hit

;;; rs-shell security high 75 CWE-78 rust-shell
;; title: Shell command is built from a value
;; scenario: A value in `{what}` that holds `; rm -rf ~` or `$(...)` is run by the shell as a second command.
;; fix: Call the program itself with `Command::new(name).args(...)`.
(call_expression function: (field_expression value: (call_expression
    function: (field_expression value: (call_expression function: (scoped_identifier) @n arguments: (arguments . (string_literal) @sh)) field: (field_identifier) @a1)
    arguments: (arguments . (string_literal) @c)) field: (field_identifier) @a2)
  arguments: (arguments . (_) @arg)
  (#match? @n "Command::new$") (#match? @sh "^\"(/bin/|/usr/bin/)?(ba|z|da)?sh\"$|^\"cmd(\\.exe)?\"$|^\"powershell\"$")
  (#match? @c "^\"(-l?c|/[cC]|-Command)\"$") (#eq? @a1 "arg") (#eq? @a2 "arg")) @hit

;;; rs-sql-built security high 75 CWE-89 rust-sql
;; title: SQL statement is built from a value
;; scenario: A value with a quote in it, such as `' OR 1=1 --`, changes the statement `{what}` instead of being compared.
;; fix: Keep the statement constant and bind the value.
(call_expression function: [(scoped_identifier name: (identifier) @f) (field_expression field: (field_identifier) @f)
    (generic_function function: (scoped_identifier name: (identifier) @f))]
  arguments: (arguments . [(reference_expression value: (macro_invocation macro: (identifier) @m (token_tree . (string_literal) @arg)))
    (macro_invocation macro: (identifier) @m (token_tree . (string_literal) @arg))])
  (#any-of? @f "query" "query_as" "query_scalar" "execute" "prepare" "sql_query" "execute_batch" "batch_execute" "query_one" "query_row")
  (#eq? @m "format")) @hit

;;; rs-tls-off security high 75 CWE-295 unconditional
;; title: TLS certificate is not checked
;; scenario: Anyone on the path to the server answers in its place with a certificate of their own, and reads and changes the traffic.
;; fix: Leave verification on; add a private authority's certificate with `add_root_certificate`.
(call_expression function: (field_expression field: (field_identifier) @f) arguments: (arguments (boolean_literal) @b)
  (#any-of? @f "danger_accept_invalid_certs" "danger_accept_invalid_hostnames") (#eq? @b "true")) @hit
(call_expression function: (field_expression field: (field_identifier) @f) arguments: (arguments (scoped_identifier) @b)
  (#eq? @f "set_verify") (#match? @b "SslVerifyMode::NONE$")) @hit

;;; rs-chmod-all security medium 75 CWE-732
;; title: Everyone may write this file
;; scenario: Any local user replaces the content, and the owner's next run uses it.
;; fix: Give 0o700, 0o755 or 0o600.
(call_expression function: [(scoped_identifier name: (identifier) @f) (field_expression field: (field_identifier) @f)]
  arguments: (arguments . (integer_literal) @n) (#any-of? @f "from_mode" "set_mode") (#any-of? @n "0o777" "0o666")) @hit

;;; rs-weak-random security medium 75 CWE-330 secret-context
;; title: Secret comes from a predictable random generator
;; scenario: The state of this generator follows from its seed or from earlier output, so tokens can be computed.
;; fix: Use `getrandom` or `rand::rngs::OsRng`.
(call_expression function: (scoped_identifier path: (_) @p) (#match? @p "(^|::)(fastrand|SmallRng|oorandom)$")) @hit

;;; rs-blocking-in-async performance medium 75 blocking-in-async in-async
;; title: Blocking call in async code
;; scenario: While `{what}` waits, a worker thread of the runtime stands still, and every task on it too.
;; fix: Use the runtime's own call, or `spawn_blocking`.
(call_expression function: (scoped_identifier path: (_) @p name: (identifier) @f)
  (#match? @p "^(std::)?thread$") (#eq? @f "sleep")) @hit
(call_expression function: (scoped_identifier path: (_) @p) (#match? @p "^reqwest::blocking")) @hit

;;; rs-files-in-async performance low 50 blocking-in-async in-async
;; title: Blocking file access in async code
;; scenario: While `{what}` waits for a slow disk, a worker thread of the runtime stands still.
;; fix: Use `tokio::fs` or `spawn_blocking`.
(call_expression function: (scoped_identifier path: (_) @p name: (identifier) @f)
  (#match? @p "^std::fs$") (#match? @f "^(read|read_to_string|write|read_dir|copy|remove_dir_all|create_dir_all)$")) @hit

;;; rs-regex-in-loop performance medium 75 recompile-in-loop in-loop-constant
;; title: Regular expression is compiled in a loop
;; scenario: Each round compiles the same pattern, which takes far longer than a match.
;; fix: Compile it once in a `LazyLock`.
(call_expression function: (scoped_identifier path: (_) @p name: (identifier) @f) arguments: (arguments . (_) @arg)
  (#match? @p "(^|::)Regex$") (#eq? @f "new")) @hit

;;; rs-collect-to-count performance low 75 alloc-in-loop
;; title: Items are collected only to be counted
;; scenario: A vector of all items is allocated and thrown away for one number.
;; fix: Use `count()`.
(call_expression function: (field_expression value: (call_expression
    function: (generic_function function: (field_expression field: (field_identifier) @c) type_arguments: (type_arguments) @t)) field: (field_identifier) @l)
  (#eq? @c "collect") (#match? @t "^<Vec<") (#any-of? @l "len" "is_empty")) @hit

;;; rs-nth-char-in-loop performance medium 75 quadratic in-loop
;; title: Character is found by counting from the start in every round
;; scenario: `chars().nth(i)` walks i characters, so n rounds walk n²/2.
;; fix: Iterate over `chars()` or `char_indices()` once.
(call_expression function: (field_expression value: (call_expression function: (field_expression field: (field_identifier) @c))
  field: (field_identifier) @n) arguments: (arguments . (identifier))
  (#eq? @c "chars") (#eq? @n "nth")) @hit

;;; rs-vec-head performance medium 50 quadratic queue-head
;; title: Vector is used as a queue
;; scenario: Each `remove(0)` or `insert(0, ...)` moves all items of `{what}`; n rounds move n²/2.
;; fix: Use `VecDeque`.
(call_expression function: (field_expression value: (identifier) @list @what field: (field_identifier) @f)
  arguments: (arguments . (integer_literal) @n) (#any-of? @f "remove" "insert") (#eq? @n "0")) @hit

;;; rs-vec-membership performance medium 50 quadratic membership
;; title: Membership test in a vector inside a loop
;; scenario: Each `contains` walks `{what}`; 10,000 items against 10,000 rounds are 50 million comparisons.
;; fix: Keep a `HashSet` beside the vector and test there.
;; file: = Vec::new\(\)|= vec!\[\]
(call_expression function: (field_expression value: (identifier) @list @what field: (field_identifier) @f) (#eq? @f "contains")) @hit

;;; rs-query-per-item performance medium 75 n-plus-one per-item
;; title: One database query per item of a loop
;; scenario: With 1,000 items this makes 1,000 round trips where one query would do.
;; fix: Ask for all at once (`= ANY($1)`, `IN (...)`, a join).
(await_expression (call_expression function: (field_expression field: (field_identifier) @f)
  (#match? @f "^(fetch_one|fetch_all|fetch_optional|query_one|query_opt)$"))) @hit
