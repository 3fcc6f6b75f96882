; Java.

;;; java-exec security high 75 CWE-78 shell
;; title: Command line is built from a value
;; scenario: A value in `{what}` that holds blanks, options or `; ...` changes which program runs or what it is told.
;; fix: Use `ProcessBuilder` with a list of arguments and no shell.
(method_invocation object: (_) @o name: (identifier) @f arguments: (argument_list . (_) @arg)
  (#eq? @f "exec") (#match? @o "(?i)runtime|^r$|^rt$")) @hit
(object_creation_expression type: (_) @t arguments: (argument_list (string_literal) @sh . (string_literal) . (_) @arg)
  (#eq? @t "ProcessBuilder") (#match? @sh "sh\"$|cmd")) @hit

;;; java-process-from-request security high 75 CWE-78 external
;; title: Request decides which program runs
;; scenario: A client puts a program or option of its choice into `{what}` and the server runs it.
;; fix: Map the request's value to a fixed list of commands.
(object_creation_expression type: (_) @t arguments: (argument_list . (_) @arg) (#eq? @t "ProcessBuilder")) @hit
(method_invocation object: (_) @o name: (identifier) @f arguments: (argument_list . (_) @arg)
  (#eq? @f "command") (#match? @o "^(pb|processBuilder|builder)$")) @hit

;;; java-sql-built security high 75 CWE-89 sql
;; title: SQL statement is built from a value
;; scenario: A value with a quote in it, such as `' OR 1=1 --`, changes the statement `{what}` instead of being compared.
;; fix: Use a `PreparedStatement` with a constant text and set the value as a parameter.
(method_invocation object: (_) name: (identifier) @f arguments: (argument_list . (_) @arg)
  (#any-of? @f "executeQuery" "executeUpdate" "execute" "executeLargeUpdate" "addBatch" "prepareStatement" "prepareCall" "createQuery" "createNativeQuery"
    "createSQLQuery" "queryForObject" "queryForList" "queryForMap" "queryForRowSet" "queryForLong" "queryForInt" "query" "batchUpdate" "nativeSQL")) @hit

;;; java-deserialise security high 50 CWE-502 deserialise
;; title: Deserialisation of Java objects
;; scenario: Bytes in `{what}` that somebody else wrote build objects of any class on the class path, up to running commands.
;; fix: Use JSON or another data-only format, or set an `ObjectInputFilter` with an allow list.
(object_creation_expression type: (_) @t arguments: (argument_list . (_) @arg)
  (#match? @t "(^|\\.)(ObjectInputStream|XMLDecoder)$")) @hit

;;; java-weak-hash security high 75 CWE-327 secret-context
;; title: Secret is hashed with MD5 or SHA-1
;; scenario: Whoever gets the digests recovers weak passwords at billions of guesses per second, or forges a signature.
;; fix: Use bcrypt, scrypt or argon2 for passwords, HMAC with SHA-256 for signatures.
(method_invocation object: (_) @o name: (identifier) @f arguments: (argument_list . (string_literal) @a)
  (#match? @o "MessageDigest$") (#eq? @f "getInstance") (#match? @a "(?i)^\"(md[245]|sha-?1)\"$")) @hit

;;; java-weak-cipher security high 75 CWE-327
;; title: Broken cipher or block mode
;; scenario: DES and RC4 keys fall to brute force or statistics, and ECB shows equal plaintext blocks as equal ciphertext.
;; fix: Use `AES/GCM/NoPadding` with a random IV.
(method_invocation object: (_) @o name: (identifier) @f arguments: (argument_list . (string_literal) @a)
  (#match? @o "(Cipher|KeyGenerator)$") (#eq? @f "getInstance") (#match? @a "(?i)^\"(des|desede|rc2|rc4|arcfour|blowfish)(/|\"$)|/ecb/")) @hit
(method_invocation object: (_) @o name: (identifier) @f arguments: (argument_list . (string_literal) @a)
  (#match? @o "Cipher$") (#eq? @f "getInstance") (#match? @a "(?i)^\"aes\"$")) @hit

;;; java-trust-all security high 75 CWE-295
;; title: TLS certificate is not checked
;; scenario: Anyone on the path to the server answers in its place with a certificate of their own, and reads and changes the traffic.
;; fix: Leave the default trust manager and host name verifier; load a private authority's certificate into a trust store.
(method_declaration name: (identifier) @f body: (block) @b (#eq? @f "checkServerTrusted") (#match? @b "^\\{\\s*(//[^\\n]*\\s*)*\\}$")) @hit
(method_invocation name: (identifier) @f arguments: (argument_list (lambda_expression body: (true)))
  (#any-of? @f "setHostnameVerifier" "setDefaultHostnameVerifier" "hostnameVerifier" "setSSLHostnameVerifier")) @hit
((field_access field: (identifier) @f) @hit (#any-of? @f "ALLOW_ALL_HOSTNAME_VERIFIER"))
((field_access object: (identifier) @o field: (identifier) @f) @hit (#eq? @o "NoopHostnameVerifier") (#eq? @f "INSTANCE"))

;;; java-weak-random security medium 75 CWE-330 secret-context
;; title: Secret comes from a predictable random generator
;; scenario: After some outputs the state of `java.util.Random` is known and the next tokens can be computed.
;; fix: Use `SecureRandom`.
(method_invocation object: (object_creation_expression type: (_) @t) (#match? @t "^(java\\.util\\.)?Random$")) @hit
(method_invocation object: (_) @o name: (identifier) @f (#match? @o "Math$") (#eq? @f "random")) @hit
(method_invocation object: (identifier) @o name: (identifier) @f (#match? @o "^(random|rand|rnd|RANDOM)$") (#match? @f "^next(Int|Long|Bytes|Double|Float)$")) @hit

;;; java-xxe security medium 50 CWE-611 xml-unhardened
;; title: XML parser with external entities left on
;; scenario: A document with `<!ENTITY x SYSTEM "file:///etc/passwd">` makes the parser read that file into the result.
;; fix: Set the feature `http://apache.org/xml/features/disallow-doctype-decl` to true.
(method_invocation object: (_) @o name: (identifier) @f
  (#match? @o "(DocumentBuilderFactory|SAXParserFactory|XMLInputFactory)$") (#any-of? @f "newInstance" "newFactory" "newDefaultInstance")) @hit
(object_creation_expression type: (_) @t (#any-of? @t "SAXReader" "SAXBuilder")) @hit

;;; java-path-from-request security high 75 CWE-22 path
;; title: Request decides which file is opened
;; scenario: A client sends `../../etc/passwd` in `{what}` and gets or changes a file outside the folder.
;; fix: Resolve and normalise the path and check that it starts with the folder.
(object_creation_expression type: (_) @t arguments: (argument_list (_) @arg .)
  (#match? @t "(^|\\.)(File|FileInputStream|FileOutputStream|FileReader|FileWriter|RandomAccessFile)$")) @hit
(object_creation_expression type: (_) @t arguments: (argument_list . (_) @arg)
  (#match? @t "(^|\\.)(FileInputStream|FileOutputStream|FileWriter|RandomAccessFile)$")) @hit
(method_invocation object: (_) @o name: (identifier) @f arguments: (argument_list (_) @arg .)
  (#match? @o "(^|\\.)(Paths|Path|Files)$") (#any-of? @f "get" "of" "readAllBytes" "newInputStream" "newBufferedReader" "readString")) @hit

;;; java-zip-slip security high 50 CWE-22 archive
;; title: Archive entry's name becomes a path unchecked
;; scenario: An entry named `../../.ssh/authorized_keys` is written outside the target folder.
;; fix: Normalise the path and check that it starts with the target folder.
(object_creation_expression type: (_) @t arguments: (argument_list (_) (method_invocation object: (identifier) @e name: (identifier) @n) @what .)
  (#eq? @t "File") (#match? @e "(?i)entry|^ze$") (#eq? @n "getName")) @hit

;;; java-reflected-html security high 75 CWE-79 external
;; title: Request value is written into the page
;; scenario: A link with `<script>` in this parameter runs in the browser of whoever opens it.
;; fix: Escape the value for HTML before writing it.
(method_invocation object: (_) @o name: (identifier) @f arguments: (argument_list . (_) @arg)
  (#match? @o "(?i)getWriter\\(\\)$|^out$|^writer$") (#any-of? @f "println" "print" "write" "append")) @hit
(method_invocation object: (_) @o name: (identifier) @f arguments: (argument_list (_) (_) @arg)
  (#match? @o "getWriter\\(\\)$|^out$") (#any-of? @f "format" "printf")) @hit

;;; java-xpath security high 75 CWE-643 external
;; title: XPath expression is built from the request
;; scenario: A value such as `' or '1'='1` in `{what}` selects nodes that were not meant to be shown.
;; fix: Use an `XPathVariableResolver`.
(method_invocation object: (_) @o name: (identifier) @f arguments: (argument_list . (_) @arg)
  (#match? @o "(?i)xpath|^xp$") (#any-of? @f "evaluate" "compile" "evaluateExpression")) @hit

;;; java-ldap security high 75 CWE-90 external
;; title: LDAP filter is built from the request
;; scenario: A value such as `*)(uid=*` in `{what}` changes what the directory is asked for.
;; fix: Escape the value, or use a filter with `{0}` arguments.
(method_invocation object: (_) name: (identifier) @f arguments: (argument_list . (_) . (_) @arg . (_)) (#eq? @f "search")) @hit

;;; java-ssrf security high 75 CWE-918 url
;; title: Request decides which server is called
;; scenario: A client sends `http://169.254.169.254/` or an internal address in `{what}` and reads the answer through this server.
;; fix: Allow a fixed list of hosts, and resolve and check the address before the call.
(method_invocation object: (object_creation_expression type: (_) @t arguments: (argument_list . (_) @arg)) name: (identifier) @f
  (#match? @t "(^|\\.)URL$") (#any-of? @f "openConnection" "openStream")) @hit
(method_invocation object: (identifier) @o name: (identifier) @f arguments: (argument_list . (_) @arg)
  (#eq? @o "restTemplate") (#match? @f "^(getForObject|getForEntity|postForObject|postForEntity|exchange)$")) @hit

;;; java-redirect security medium 75 CWE-601 redirect
;; title: Request decides where the visitor is sent
;; scenario: A link to this site with another site's address in `{what}` sends the visitor there, for phishing.
;; fix: Accept only paths of this site.
(method_invocation object: (_) name: (identifier) @f arguments: (argument_list . (_) @arg) (#eq? @f "sendRedirect")) @hit

;;; java-script-eval security high 75 CWE-95 external
;; title: Request value is run as a script
;; scenario: A script of the client's in `{what}` runs with the rights of the server.
;; fix: Parse the value, or map it to known operations.
(method_invocation object: (_) @o name: (identifier) @f arguments: (argument_list . (_) @arg)
  (#match? @o "(?i)engine|shell|parser") (#any-of? @f "eval" "evaluate" "parseExpression")) @hit

;;; java-cookie-open security low 50 CWE-614
;; title: Cookie may travel without TLS or be read by scripts
;; scenario: Somebody on the network, or an injected script, reads the cookie and takes over the session.
;; fix: Call `setSecure(true)` and `setHttpOnly(true)`.
(method_invocation object: (_) @o name: (identifier) @f arguments: (argument_list . (false))
  (#match? @o "(?i)cookie") (#any-of? @f "setSecure" "setHttpOnly")) @hit

;;; java-string-grown-in-loop performance low 75 quadratic string-grown-in-loop
;; title: String grows by concatenation in a loop
;; scenario: Each round copies all of `{what}` so far, so n rounds copy n²/2 characters.
;; fix: Use `StringBuilder`.
;; file: String \w+(?: =|;)
(assignment_expression left: (identifier) @target @what operator: "+=") @hit

;;; java-pattern-in-loop performance medium 75 recompile-in-loop in-loop-constant
;; title: Regular expression is compiled in a loop
;; scenario: Each round compiles the same pattern again.
;; fix: Compile it once in a `static final Pattern`.
(method_invocation object: (identifier) @o name: (identifier) @f arguments: (argument_list . (_) @arg)
  (#eq? @o "Pattern") (#any-of? @f "compile" "matches")) @hit

;;; java-query-per-item performance medium 75 n-plus-one per-item
;; title: One database query per item of a loop
;; scenario: With 1,000 items `{what}` makes 1,000 round trips where one query would do.
;; fix: Ask for all at once (`findAllById`, `IN (...)`, a join fetch).
(method_invocation object: (_) @o name: (identifier) @f
  (#match? @o "(?i)(repository|repo|dao)$") (#match? @f "^(findById|findOne|findBy[A-Z]\\w*|getById|getReferenceById|existsBy\\w+)$")) @hit
(method_invocation object: (_) @o name: (identifier) @f
  (#match? @o "(?i)^(jdbcTemplate|namedParameterJdbcTemplate)$") (#match? @f "^query")) @hit
(method_invocation object: (_) @o name: (identifier) @f (#match? @o "(?i)^(entityManager|em)$") (#eq? @f "find")) @hit

;;; java-list-membership performance medium 50 quadratic membership
;; title: Membership test in a list inside a loop
;; scenario: Each `contains` walks `{what}`; 10,000 items against 10,000 rounds are 50 million comparisons.
;; fix: Keep a `HashSet` beside the list and test there.
;; file: = new (?:Array|Linked)List
(method_invocation object: (identifier) @list @what name: (identifier) @f (#any-of? @f "contains" "indexOf")) @hit

;;; java-list-head performance medium 50 quadratic queue-head
;; title: List is used as a queue
;; scenario: Each `remove(0)` or `add(0, ...)` moves all items of `{what}`; n rounds move n²/2.
;; fix: Use `ArrayDeque`.
(method_invocation object: (identifier) @list @what name: (identifier) @f arguments: (argument_list . (decimal_integer_literal) @n .)
  (#eq? @f "remove") (#eq? @n "0")) @hit
(method_invocation object: (identifier) @list @what name: (identifier) @f arguments: (argument_list . (decimal_integer_literal) @n . (_) .)
  (#eq? @f "add") (#eq? @n "0")) @hit

;;; java-heavy-in-loop performance low 75 alloc-in-loop in-loop
;; title: Costly object is built in every round of a loop
;; scenario: Building `{what}` reads patterns or classes and takes far longer than using it.
;; fix: Build it once before the loop.
(object_creation_expression type: (type_identifier) @t @what (#any-of? @t "ObjectMapper" "SimpleDateFormat" "GsonBuilder" "Gson" "JAXBContext" "DecimalFormat")) @hit

;;; java-request-body performance medium 75 unbounded-read request-body
;; title: Whole request body is read without a bound
;; scenario: A client that sends gigabytes fills the server's memory.
;; fix: Read up to a limit (`readNBytes`) and refuse more.
(method_invocation object: (_) @arg name: (identifier) @f
  (#match? @arg "^(req|request)\\.getInputStream\\(\\)$") (#any-of? @f "readAllBytes")) @hit
(method_invocation object: (identifier) @o name: (identifier) @f arguments: (argument_list . (_) @arg)
  (#any-of? @o "IOUtils" "ByteStreams" "StreamUtils") (#any-of? @f "toByteArray" "toString" "copyToByteArray" "copyToString")
  (#match? @arg "^(req|request)\\.get(InputStream|Reader)\\(\\)$")) @hit
