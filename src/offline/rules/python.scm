; Python, security.

;;; py-shell security high 75 CWE-78 shell-true
;; title: Shell command is built from a value
;; scenario: A value in `{what}` that holds `; rm -rf ~` or `$(...)` is run by the shell as a second command.
;; fix: Pass a list of arguments without `shell=True`; where a shell is needed, put `shlex.quote` around each value.
(call function: (attribute object: (identifier) @m attribute: (identifier) @f) arguments: (argument_list . (_) @arg)
  (#eq? @m "subprocess") (#any-of? @f "run" "call" "Popen" "check_call" "check_output" "getoutput" "getstatusoutput")) @hit

;;; py-os-system security high 75 CWE-78 shell
;; title: Shell command is built from a value
;; scenario: A value in `{what}` that holds `; rm -rf ~` or `$(...)` is run by the shell as a second command.
;; fix: Use `subprocess.run([...])` with a list of arguments.
(call function: (attribute object: (identifier) @m attribute: (identifier) @f) arguments: (argument_list . (_) @arg)
  (#any-of? @m "os" "commands" "asyncio") (#any-of? @f "system" "popen" "getoutput" "create_subprocess_shell")) @hit

;;; py-process-from-request security high 75 CWE-78 external
;; title: Request decides which program runs
;; scenario: A client puts a program or option of its choice into `{what}` and the server runs it.
;; fix: Map the request's value to a fixed list of commands.
(call function: (attribute object: (identifier) @m attribute: (identifier) @f) arguments: (argument_list . (_) @arg)
  (#any-of? @m "subprocess" "os") (#any-of? @f "run" "call" "Popen" "check_call" "check_output" "execv" "execvp" "spawnv")) @hit

;;; py-sql-built security high 75 CWE-89 sql
;; title: SQL statement is built from a value
;; scenario: A value with a quote in it, such as `' OR 1=1 --`, changes the statement `{what}` instead of being compared.
;; fix: Keep the statement constant and pass the value as a bound parameter.
(call function: (attribute attribute: (identifier) @f) arguments: (argument_list . (_) @arg)
  (#any-of? @f "execute" "executemany" "executescript" "raw" "read_sql" "read_sql_query" "fetch" "fetchrow" "fetchval")) @hit
(call function: (identifier) @f arguments: (argument_list . (_) @arg) (#any-of? @f "RawSQL")) @hit

;;; py-eval security high 75 CWE-95 code
;; title: Text from elsewhere is run as Python
;; scenario: `{what}` holding `__import__('os').system('...')` runs with the rights of this process.
;; fix: Parse the value (`ast.literal_eval`, `json.loads`) or map it to known functions.
(call function: (identifier) @f arguments: (argument_list . (_) @arg) (#any-of? @f "eval" "exec")) @hit

;;; py-unpickle security high 75 CWE-502 deserialise
;; title: Deserialisation that can run code
;; scenario: Bytes in `{what}` that somebody else wrote name any callable in `__reduce__`, and loading them calls it.
;; fix: Use JSON or another data-only format, or authenticate the bytes before loading.
(call function: (attribute object: (identifier) @m attribute: (identifier) @f) arguments: (argument_list . (_) @arg)
  (#any-of? @m "pickle" "cPickle" "_pickle" "dill" "cloudpickle" "marshal" "jsonpickle") (#any-of? @f "loads" "decode")) @hit
(call function: (attribute object: (identifier) @m attribute: (identifier) @f) arguments: (argument_list . (_) @arg)
  (#any-of? @m "yaml") (#any-of? @f "unsafe_load" "unsafe_load_all")) @hit

;;; py-yaml-load security high 75 CWE-502 yaml-load
;; title: YAML loader that builds any Python object
;; scenario: A document with `!!python/object/apply:os.system` in `{what}` runs a command while it is loaded.
;; fix: Use `yaml.safe_load`.
(call function: (attribute object: (identifier) @m attribute: (identifier) @f) arguments: (argument_list . (_) @arg)
  (#eq? @m "yaml") (#any-of? @f "load" "load_all")) @hit

;;; py-weak-hash security high 75 CWE-327 secret-hash
;; title: Secret is hashed with MD5 or SHA-1
;; scenario: Whoever gets the digests of `{what}` recovers weak passwords at billions of guesses per second, or forges a signature.
;; fix: Use `hashlib.scrypt` or argon2 for passwords, HMAC with SHA-256 for signatures.
(call function: (attribute object: (identifier) @m attribute: (identifier) @f)
  (#eq? @m "hashlib") (#any-of? @f "md5" "sha1")) @hit

;;; py-weak-cipher security high 75 CWE-327
;; title: Broken cipher or block mode
;; scenario: DES and RC4 keys fall to brute force or statistics, and ECB shows equal plaintext blocks as equal ciphertext.
;; fix: Use AES-GCM or ChaCha20-Poly1305.
(call function: (attribute object: (identifier) @m attribute: (identifier) @f)
  (#any-of? @m "DES" "DES3" "ARC4" "ARC2" "Blowfish") (#eq? @f "new")) @hit
((attribute object: (identifier) @m attribute: (identifier) @f) @hit (#eq? @m "AES") (#eq? @f "MODE_ECB"))
(call function: (attribute object: (identifier) @m attribute: (identifier) @f) (#eq? @m "modes") (#eq? @f "ECB")) @hit
(call function: (attribute object: (identifier) @m attribute: (identifier) @f)
  (#eq? @m "algorithms") (#any-of? @f "TripleDES" "ARC4" "Blowfish" "IDEA")) @hit

;;; py-tls-off security high 75 CWE-295 unconditional
;; title: TLS certificate is not checked
;; scenario: Anyone on the path to the server answers in its place with a certificate of their own, and reads and changes the traffic.
;; fix: Leave verification on; give a private authority's certificate with `verify="/path/ca.pem"`.
(call function: [(attribute object: (_) @o attribute: (identifier) @f) (identifier) @f]
  arguments: (argument_list (keyword_argument name: (identifier) @k value: (false)))
  (#eq? @k "verify") (#any-of? @f "get" "post" "put" "patch" "delete" "head" "options" "request" "send" "Client" "AsyncClient" "Session")) @hit
(call function: (attribute attribute: (identifier) @f) (#eq? @f "_create_unverified_context")) @hit
(assignment left: (attribute attribute: (identifier) @f) right: (attribute attribute: (identifier) @v)
  (#eq? @f "verify_mode") (#eq? @v "CERT_NONE")) @hit

;;; py-weak-random security medium 75 CWE-330 secret-context
;; title: Secret comes from a predictable random generator
;; scenario: After some outputs the state of Mersenne Twister is known and the next tokens can be computed.
;; fix: Use `secrets.token_urlsafe`, `secrets.choice` or `random.SystemRandom`.
(call function: (attribute object: (identifier) @m attribute: (identifier) @f)
  (#eq? @m "random") (#any-of? @f "choice" "choices" "randint" "random" "randrange" "getrandbits" "sample" "randbytes" "uniform")) @hit

;;; py-xml-entities security high 75 CWE-611
;; title: XML parser resolves external entities
;; scenario: A document with `<!ENTITY x SYSTEM "file:///etc/passwd">` makes the parser read that file into the result.
;; fix: Set `resolve_entities=False` and `no_network=True`, or use defusedxml.
(call function: [(attribute attribute: (identifier) @f) (identifier) @f]
  arguments: (argument_list (keyword_argument name: (identifier) @k value: (true)))
  (#any-of? @f "XMLParser" "iterparse") (#any-of? @k "resolve_entities")) @hit
(call function: (attribute attribute: (identifier) @f) arguments: (argument_list (_) @k (true))
  (#eq? @f "setFeature") (#match? @k "feature_external_[gp]es$")) @hit

;;; py-path-from-request security high 75 CWE-22 path
;; title: Request decides which file is opened
;; scenario: A client sends `../../etc/passwd` or an absolute path in `{what}` and gets or changes a file outside the folder.
;; fix: Resolve the path and check that it stays in the folder (`Path.resolve().is_relative_to`), or use `werkzeug.utils.safe_join`.
(call function: (identifier) @f arguments: (argument_list . (_) @arg) (#any-of? @f "open" "send_file")) @hit
(call function: (attribute object: (identifier) @m attribute: (identifier) @f) arguments: (argument_list . (_) @arg)
  (#any-of? @m "os" "shutil" "io" "codecs" "aiofiles" "pathlib" "flask")
  (#any-of? @f "remove" "unlink" "open" "rmtree" "listdir" "mkdir" "makedirs" "rename" "send_file" "Path")) @hit
(call function: (attribute object: (_) @arg attribute: (identifier) @f)
  (#any-of? @f "read_text" "read_bytes" "write_text" "write_bytes" "unlink")) @hit

;;; py-tar-extract security high 75 CWE-22 tar-extract
;; title: Tar archive is unpacked without a filter
;; scenario: A member named `../../.ssh/authorized_keys`, or a link, writes outside the target folder.
;; fix: Pass `filter="data"`.
(call function: (attribute attribute: (identifier) @f) (#eq? @f "extractall")) @hit

;;; py-flask-debug security high 75 CWE-489 script-guard
;; title: Web debugger is switched on
;; scenario: An error page offers a Python console; who reaches the port runs code on the server.
;; fix: Take the flag from the environment and leave it off by default.
(call function: (attribute object: (identifier) @o attribute: (identifier) @f)
  arguments: (argument_list (keyword_argument name: (identifier) @k value: (true)))
  (#match? @o "app") (#eq? @f "run") (#eq? @k "debug")) @hit

;;; py-cors-credentials security medium 75 CWE-942 both-keys
;; title: Any origin may send credentialed requests
;; scenario: A page on another site calls this API with the visitor's cookies and reads the answer.
;; fix: List the origins that may send credentials.
(call arguments: (argument_list
  (keyword_argument name: (identifier) @k1 value: [(string) (list . (string) .)] @v1) @first
  (keyword_argument name: (identifier) @k2 value: (true)) @second)
  (#any-of? @k1 "allow_origins" "origins" "allow_origin_regex") (#match? @v1 "^\\[?[\"'](\\*|\\.\\*)[\"']\\]?$")
  (#any-of? @k2 "allow_credentials" "supports_credentials")) @hit
(call arguments: (argument_list
  (keyword_argument name: (identifier) @k2 value: (true)) @first
  (keyword_argument name: (identifier) @k1 value: [(string) (list . (string) .)] @v1) @second)
  (#any-of? @k1 "allow_origins" "origins") (#match? @v1 "^\\[?[\"']\\*[\"']\\]?$")
  (#any-of? @k2 "allow_credentials" "supports_credentials")) @hit

;;; py-jwt-unverified security high 75 CWE-347 unverified-token
;; title: JWT is read without checking its signature
;; scenario: A client writes any claims it likes into the token and is believed.
;; fix: Pass the key and `algorithms=[...]`, and leave verification on.
(call function: (attribute object: (identifier) @m attribute: (identifier) @f) arguments: (argument_list
  (keyword_argument value: (dictionary (pair key: (string) @k value: (false)))))
  (#any-of? @m "jwt" "jose") (#eq? @f "decode") (#match? @k "verify_signature")) @hit
(call function: (attribute object: (identifier) @m attribute: (identifier) @f) arguments: (argument_list
  (keyword_argument name: (identifier) @k value: (false))) (#eq? @m "jwt") (#eq? @f "decode") (#eq? @k "verify")) @hit
(call function: (attribute object: (identifier) @m attribute: (identifier) @f) arguments: (argument_list
  (keyword_argument name: (identifier) @k value: (list (string) @a)))
  (#eq? @m "jwt") (#eq? @f "decode") (#eq? @k "algorithms") (#match? @a "^[\"'][nN]one[\"']$")) @hit

;;; py-autoescape-off security medium 50 CWE-79
;; title: Template engine does not escape
;; scenario: A value with `<script>` in it reaches the page as markup, if these templates make HTML.
;; fix: Use `autoescape=select_autoescape()`.
(call function: [(identifier) @f (attribute attribute: (identifier) @f)] arguments: (argument_list
  (keyword_argument name: (identifier) @k value: (false))) (#any-of? @f "Environment" "Template") (#eq? @k "autoescape")) @hit

;;; py-mktemp security medium 75 CWE-377
;; title: Temporary name is made before the file
;; scenario: Between `mktemp` and the opening another user creates the name as a link to a file of the victim's.
;; fix: Use `tempfile.NamedTemporaryFile` or `tempfile.mkstemp`.
(call function: (attribute object: (identifier) @m attribute: (identifier) @f) (#eq? @m "tempfile") (#eq? @f "mktemp")) @hit

;;; py-chmod-all security medium 75 CWE-732
;; title: Everyone may write this file
;; scenario: Any local user replaces the content, and the owner's next run uses it.
;; fix: Give `0o700`, `0o755` or `0o600`.
(call function: (attribute object: (identifier) @m attribute: (identifier) @f) arguments: (argument_list (_) (integer) @n)
  (#eq? @m "os") (#eq? @f "chmod") (#any-of? @n "0o777" "0o666" "511")) @hit

;;; py-template-injection security high 75 CWE-1336 external
;; title: Template source comes from the request
;; scenario: A value such as `{{ config.items() }}` in `{what}` is evaluated on the server, up to running commands.
;; fix: Keep the template constant and pass the value as a variable.
(call function: [(identifier) @f (attribute attribute: (identifier) @f)] arguments: (argument_list . (_) @arg)
  (#any-of? @f "render_template_string" "from_string")) @hit

;;; py-ssrf security high 75 CWE-918 url
;; title: Request decides which server is called
;; scenario: A client sends `http://169.254.169.254/` or an internal address in `{what}` and reads the answer through this server.
;; fix: Allow a fixed list of hosts, and resolve and check the address before the call.
(call function: (attribute object: (identifier) @m attribute: (identifier) @f) arguments: (argument_list . (_) @arg)
  (#any-of? @m "requests" "httpx" "session" "urllib3" "aiohttp") (#any-of? @f "get" "post" "put" "head" "delete" "patch")) @hit
(call function: [(identifier) @f (attribute attribute: (identifier) @f)] arguments: (argument_list . (_) @arg) (#eq? @f "urlopen")) @hit

;;; py-markup security high 75 CWE-79 markup
;; title: Unescaped text is marked as safe HTML
;; scenario: A value with `<script>` in `{what}` reaches the page as markup and runs in the visitor's browser.
;; fix: Use `format_html`, `Markup("...").format(value)` or `escape` on the value.
(call function: [(identifier) @f (attribute attribute: (identifier) @f)] arguments: (argument_list . (_) @arg)
  (#any-of? @f "mark_safe" "Markup" "SafeString" "HTMLResponse")) @hit

;;; py-reflected-html security high 75 CWE-79 external-html
;; title: Request value is sent back as HTML
;; scenario: A link with `<script>` in this parameter runs in the browser of whoever opens it.
;; fix: Render a template with escaping, or put `html.escape` around the value.
(call function: [(identifier) @f (attribute attribute: (identifier) @f)] arguments: (argument_list . (_) @arg)
  (#any-of? @f "make_response" "HttpResponse" "HTMLResponse")) @hit
(function_definition body: (block (return_statement . [(string (interpolation)) (binary_operator)] @arg) @hit))

;;; py-redirect security medium 75 CWE-601 redirect
;; title: Request decides where the visitor is sent
;; scenario: A link to this site with another site's address in `{what}` sends the visitor there, for phishing.
;; fix: Accept only paths of this site (`url_has_allowed_host_and_scheme`).
(call function: [(identifier) @f (attribute attribute: (identifier) @f)] arguments: (argument_list . (_) @arg)
  (#any-of? @f "redirect" "HttpResponseRedirect" "RedirectResponse")) @hit

;;; py-allowed-hosts security medium 50 CWE-644
;; title: Every Host header is accepted
;; scenario: A forged Host header ends up in password reset links and caches.
;; fix: List the host names that this site has.
(assignment left: (identifier) @n right: (list . (string) @v .) (#eq? @n "ALLOWED_HOSTS") (#match? @v "^[\"']\\*[\"']$")) @hit

;;; py-cookie-open security low 50 CWE-614
;; title: Cookie may travel without TLS or be read by scripts
;; scenario: Somebody on the network, or an injected script, reads the cookie and takes over the session.
;; fix: Set `secure=True` and `httponly=True`.
(call function: (attribute attribute: (identifier) @f) arguments: (argument_list
  (keyword_argument name: (identifier) @k value: (false)))
  (#eq? @f "set_cookie") (#any-of? @k "secure" "httponly")) @hit

;;; py-xpath security high 75 CWE-643 external
;; title: XPath expression is built from the request
;; scenario: A value such as `' or '1'='1` in `{what}` selects nodes that were not meant to be shown.
;; fix: Pass the value as an XPath variable (`root.xpath("...$id", id=value)`).
(call function: (attribute attribute: (identifier) @f) arguments: (argument_list . (_) @arg)
  (#any-of? @f "xpath" "XPath")) @hit

;;; py-ldap security high 75 CWE-90 external
;; title: LDAP filter is built from the request
;; scenario: A value such as `*)(uid=*` in `{what}` changes what the directory is asked for.
;; fix: Put `ldap.filter.escape_filter_chars` around the value.
(call function: (attribute object: (_) @o attribute: (identifier) @f) arguments: (argument_list . (_) . (_) @arg)
  (#match? @o "(?i)ldap|conn?$|connection$|^l$|server$") (#any-of? @f "search" "search_s" "search_ext_s")) @hit

;;; py-ssh-any-host security medium 50 CWE-295
;; title: SSH host key is accepted unseen
;; scenario: A machine in the middle answers with its own key and gets the password and the traffic.
;; fix: Load known hosts and use `RejectPolicy`.
(call function: (attribute attribute: (identifier) @f) arguments: (argument_list . (_) @arg)
  (#eq? @f "set_missing_host_key_policy") (#match? @arg "AutoAddPolicy|WarningPolicy")) @hit
