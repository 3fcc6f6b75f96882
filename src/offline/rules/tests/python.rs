//! Python's rules, one by one.

use super::super::rule::Dialect;
use super::{Case, hits, hold, rules};

const SECURITY: &[Case] = &[
    (
        "py-shell",
        "def f(x):\n    subprocess.run('ls ' + x, shell=True)\n",
        "def f(x):\n    subprocess.run('ls -l', shell=True)\n    subprocess.run(['ls', x])\n",
    ),
    (
        "py-os-system",
        "def f(x):\n    os.system(f'ls {x}')\n",
        "def f(x):\n    os.system('ls')\n    os.system('ls ' + shlex.quote(x))\n",
    ),
    (
        "py-process-from-request",
        "def f():\n    subprocess.run([request.args['cmd']])\n",
        "def f(cmd):\n    subprocess.run([cmd])\n",
    ),
    (
        "py-sql-built",
        "def f(cur, name):\n    q = \"SELECT * FROM t WHERE n = '%s'\" % name\n    cur.execute(q)\n",
        "def f(cur, name):\n    cur.execute('SELECT * FROM t WHERE n = %s', (name,))\n    cur.execute(f'SELECT * FROM {TABLE}')\n",
    ),
    (
        "py-eval",
        "def f(x):\n    return eval(x)\n",
        "def f(x):\n    return eval('1 + 1') + ast.literal_eval(x)\n",
    ),
    (
        "py-unpickle",
        "def f(b):\n    return pickle.loads(b)\n",
        "def f(b):\n    return json.loads(b)\n",
    ),
    (
        "py-yaml-load",
        "import yaml\ndef f(s):\n    return yaml.load(s)\n",
        "import yaml\ndef f(s):\n    return yaml.load(s, Loader=yaml.SafeLoader)\n",
    ),
    (
        "py-weak-hash",
        "def f(password):\n    return hashlib.md5(password.encode()).hexdigest()\n",
        "def f(data):\n    return hashlib.md5(data).hexdigest()\ndef g(password):\n    return hashlib.md5(password, usedforsecurity=False)\n",
    ),
    (
        "py-weak-cipher",
        "c = AES.new(key, AES.MODE_ECB)\n",
        "c = AES.new(key, AES.MODE_GCM)\n",
    ),
    (
        "py-tls-off",
        "def f(u):\n    return requests.get(u, verify=False)\n",
        "def f(u):\n    return requests.get(u, verify='/ca.pem')\n",
    ),
    (
        "py-weak-random",
        "def f():\n    token = ''.join(random.choice(A) for _ in range(20))\n    return token\n",
        "def f():\n    colour = random.choice(A)\n    token = secrets.choice(A)\n",
    ),
    (
        "py-xml-entities",
        "p = etree.XMLParser(resolve_entities=True)\n",
        "p = etree.XMLParser(resolve_entities=False)\n",
    ),
    (
        "py-path-from-request",
        "def f():\n    return open('/srv/' + request.args['name'])\n",
        "def f(name):\n    return open('/srv/' + name)\ndef g():\n    return open('/srv/' + secure_filename(request.args['n']))\n",
    ),
    (
        "py-tar-extract",
        "import tarfile\ndef f(p):\n    with tarfile.open(p) as t:\n        t.extractall('/srv')\n",
        "import tarfile\ndef f(p):\n    with tarfile.open(p) as t:\n        t.extractall('/srv', filter='data')\n",
    ),
    (
        "py-flask-debug",
        "def main():\n    app.run(debug=True)\n",
        "def main():\n    app.run(debug=settings.DEBUG)\n",
    ),
    (
        "py-cors-credentials",
        "app.add_middleware(CORSMiddleware, allow_origins=['*'], allow_credentials=True)\n",
        "app.add_middleware(CORSMiddleware, allow_origins=['*'])\n",
    ),
    (
        "py-jwt-unverified",
        "def f(t):\n    return jwt.decode(t, options={'verify_signature': False})\n",
        "def f(t):\n    return jwt.decode(t, key, algorithms=['HS256'])\n",
    ),
    (
        "py-autoescape-off",
        "env = Environment(autoescape=False)\n",
        "env = Environment(autoescape=True)\n",
    ),
    (
        "py-mktemp",
        "def f():\n    return tempfile.mktemp()\n",
        "def f():\n    return tempfile.mkstemp()\n",
    ),
    (
        "py-chmod-all",
        "def f(p):\n    os.chmod(p, 0o777)\n",
        "def f(p):\n    os.chmod(p, 0o700)\n",
    ),
    (
        "py-template-injection",
        "def f():\n    return render_template_string('<p>' + request.args['q'])\n",
        "def f():\n    return render_template_string('<p>{{ q }}', q=request.args['q'])\n",
    ),
    (
        "py-ssrf",
        "def f():\n    url = request.args.get('u')\n    return requests.get(url)\n",
        "def f():\n    return requests.get('https://api.example.com/' + request.args['id'])\n",
    ),
    (
        "py-markup",
        "def f(name):\n    return mark_safe('<b>%s</b>' % name)\n",
        "def f(name):\n    return mark_safe('<b>%s</b>' % escape(name))\n",
    ),
    (
        "py-reflected-html",
        "def f():\n    return HttpResponse('<p>' + request.GET['q'])\n",
        "def f():\n    return HttpResponse('<p>' + escape(request.GET['q']))\n",
    ),
    (
        "py-redirect",
        "def f():\n    return redirect(request.args['next'])\n",
        "def f():\n    return redirect('/list?q=' + request.args['q'])\n",
    ),
    (
        "py-allowed-hosts",
        "ALLOWED_HOSTS = ['*']\n",
        "ALLOWED_HOSTS = ['example.com']\n",
    ),
    (
        "py-cookie-open",
        "def f(r):\n    r.set_cookie('s', 'v', secure=False)\n",
        "def f(r):\n    r.set_cookie('s', 'v', secure=True)\n",
    ),
    (
        "py-xpath",
        "def f(root):\n    q = \"//u[@id='\" + request.args['id'] + \"']\"\n    return root.xpath(q)\n",
        "def f(root):\n    return root.xpath('//u[@id=$id]', id=request.args['id'])\n",
    ),
    (
        "py-ldap",
        "def f(ldap_conn):\n    return ldap_conn.search(base, '(uid=' + request.form['u'] + ')')\n",
        "def f(ldap_conn):\n    return ldap_conn.search(base, '(uid=%s)' % escape_filter_chars(request.form['u']))\n",
    ),
    (
        "py-ssh-any-host",
        "def f(c):\n    c.set_missing_host_key_policy(paramiko.AutoAddPolicy())\n",
        "def f(c):\n    c.set_missing_host_key_policy(paramiko.RejectPolicy())\n",
    ),
];

const PERFORMANCE: &[Case] = &[
    (
        "py-query-per-item",
        "def f(orders):\n    for o in orders:\n        c = Customer.objects.get(pk=o.customer_id)\n",
        "def f(orders):\n    for batch in orders:\n        Customer.objects.filter(pk__in=batch)\n",
    ),
    (
        "py-execute-per-item",
        "def f(cursor, ids):\n    for i in ids:\n        cursor.execute('SELECT 1 WHERE a = %s', (i,))\n",
        "def f(cursor, ids):\n    cursor.execute('SELECT 1 WHERE a = ANY(%s)', (ids,))\n",
    ),
    (
        "py-http-per-item",
        "def f(urls):\n    for u in urls:\n        requests.get(u)\n",
        "def f(urls):\n    for attempt in range(3):\n        requests.get(urls[attempt])\n",
    ),
    (
        "py-connect-in-loop",
        "def f(rows):\n    for r in rows:\n        c = sqlite3.connect('a.db')\n",
        "def f(rows):\n    c = sqlite3.connect('a.db')\n    for r in rows:\n        pass\n",
    ),
    (
        "py-blocking-in-async",
        "async def f():\n    time.sleep(1)\n",
        "async def f():\n    def g():\n        time.sleep(1)\n    await asyncio.sleep(1)\n",
    ),
    (
        "py-list-membership",
        "def f(xs):\n    seen = []\n    for x in xs:\n        if x in seen:\n            continue\n        seen.append(x)\n",
        "def f(xs):\n    seen = set()\n    for x in xs:\n        if x in seen:\n            continue\n        seen.add(x)\n",
    ),
    (
        "py-list-copied-in-loop",
        "def f(xs):\n    out = []\n    for x in xs:\n        out = out + [x]\n",
        "def f(xs):\n    for x in xs:\n        out = []\n        out = out + [x]\n",
    ),
    (
        "py-frame-grown-in-loop",
        "def f(parts):\n    df = pd.DataFrame()\n    for p in parts:\n        df = pd.concat([df, p])\n",
        "def f(parts):\n    return pd.concat(parts)\n",
    ),
    (
        "py-iterrows",
        "def f(df):\n    for i, r in df.iterrows():\n        pass\n",
        "def f(df):\n    for r in df.itertuples():\n        pass\n",
    ),
    (
        "py-list-head",
        "def f(queue):\n    while queue:\n        x = queue.pop(0)\n        use(x)\n",
        "def f(queue):\n    while queue:\n        x = queue.pop()\n",
    ),
    (
        "py-sort-in-loop",
        "def f(xs, names):\n    for x in xs:\n        use(x, sorted(names))\n",
        "def f(xs):\n    for x in xs:\n        use(sorted(x))\n",
    ),
    (
        "py-regex-in-loop",
        "def f(xs):\n    for x in xs:\n        p = re.compile('a+')\n        p.match(x)\n",
        "def f(xs):\n    for x in xs:\n        p = re.compile(x)\n",
    ),
    (
        "py-await-in-loop",
        "async def f(client, urls):\n    out = []\n    for u in urls:\n        out.append(await client.get(u))\n",
        "async def f(client, urls):\n    for u in urls:\n        r = await client.get(u)\n        if r.ok:\n            break\n",
    ),
    (
        "py-unbounded-read",
        "def f(u):\n    return urlopen(u).read()\n",
        "def f(u):\n    return urlopen(u).read(4096)\n",
    ),
];

#[test]
fn every_rule_meets_its_case_and_leaves_its_neighbour() {
    hold(
        Dialect::Python,
        "app/views.py",
        &[SECURITY, PERFORMANCE].concat(),
    );
}

#[test]
fn sure_only_where_the_function_proves_it() {
    let confidence = |text: &str| {
        hits("a.py", text)
            .iter()
            .map(|h| h.proposal.confidence)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        confidence(
            "def f(cur):\n    cur.execute(\"SELECT a FROM t WHERE b = '\" + request.args['b'] + \"'\")\n"
        ),
        [75]
    );
    assert_eq!(
        confidence("def f(cur, t):\n    cur.execute('SELECT a FROM ' + t)\n"),
        [50]
    );
    assert_eq!(confidence("def f(x):\n    os.system('ls ' + x)\n"), [50]);
}

#[test]
fn values_are_followed_through_the_function() {
    let sql = |body: &str| rules("a.py", &format!("def f(cur, n: int):\n{body}"));
    let query = "    cur.execute('SELECT a FROM t WHERE b = \\'' + x + '\\'')\n";
    assert_eq!(
        sql(&format!(
            "    x = request.args['x']\n    x = x.strip()\n{query}"
        )),
        ["py-sql-built"]
    );
    assert_eq!(
        sql(&format!(
            "    x = request.args['x']\n    x = 'constant'\n{query}"
        )),
        [""; 0]
    );
    assert_eq!(
        sql(&format!(
            "    x = 'a'\n    if n:\n        x = request.args['x']\n{query}"
        )),
        ["py-sql-built"]
    );
    assert_eq!(
        sql(&format!(
            "    x = 'a'\n    if 7 * 18 + 1 > 2000:\n        x = request.args['x']\n{query}"
        )),
        [""; 0]
    );
    assert_eq!(
        sql(&format!(
            "    m = {{}}\n    m['k'] = request.args['x']\n    m['l'] = 'a'\n    x = m['l']\n{query}"
        )),
        [""; 0]
    );
    assert_eq!(sql(&format!("    x = str(n)\n{query}")), [""; 0]);
}

#[test]
fn a_refusal_before_the_call_makes_it_less_sure() {
    let text = "def f():\n    p = request.args['p']\n    if 'x' in p:\n        return None\n    return open(p)\n";
    assert_eq!(hits("a.py", text)[0].proposal.confidence, 50);
    let text = "def f():\n    p = request.args['p']\n    if not p:\n        return None\n    return open(p)\n";
    assert_eq!(hits("a.py", text)[0].proposal.confidence, 75);
}
