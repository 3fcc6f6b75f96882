//! The rules of JavaScript and TypeScript, one by one.

use super::super::rule::Dialect;
use super::{Case, hold};

const SECURITY: &[Case] = &[
    (
        "js-shell",
        "function f(x) { exec(`ls ${x}`); }",
        "function f(x) { exec('ls'); /a/.exec(`b ${x}`); execFile('ls', [x]); }",
    ),
    (
        "js-sql-built",
        "function f(n) { return db.query(\"SELECT a FROM t WHERE n = '\" + n + \"'\"); }",
        "function f(n) { return db.query('SELECT a FROM t WHERE n = ?', [n]); }",
    ),
    (
        "js-eval",
        "function f(x) { return eval(x); }",
        "function f(x) { return eval('1 + 1') + JSON.parse(x); }",
    ),
    (
        "js-unserialize",
        "function f(req) { return serialize.unserialize(req.body); }",
        "function f(req) { return JSON.parse(req.body); }",
    ),
    (
        "js-weak-hash",
        "const password = crypto.createHash('md5').update(x).digest('hex');",
        "const key = crypto.createHash('md5').update(x).digest('hex');",
    ),
    (
        "js-weak-cipher",
        "crypto.createCipheriv('aes-128-ecb', k, null);",
        "crypto.createCipheriv('aes-256-gcm', k, iv);",
    ),
    (
        "js-tls-off",
        "const a = new https.Agent({ rejectUnauthorized: false });",
        "const a = new https.Agent({ rejectUnauthorized: true });",
    ),
    (
        "js-weak-random",
        "const token = Math.random().toString(36);",
        "const colour = Math.random();",
    ),
    (
        "js-html",
        "function f(x) { el.innerHTML = '<b>' + x; }",
        "function f(x) { el.innerHTML = '<b>'; el.textContent = x; el.innerHTML = DOMPurify.sanitize(x); }",
    ),
    (
        "js-path-from-request",
        "function f(req, res) { fs.readFile('/srv/' + req.params.name, cb); }",
        "function f(name) { fs.readFile('/srv/' + name, cb); }",
    ),
    (
        "js-ssrf",
        "async function f(req) { const { url } = req.query; return fetch(url); }",
        "async function f(req) { return fetch(`https://a.example/${req.query.id}`); }",
    ),
    (
        "js-redirect",
        "function f(req, res) { res.redirect(req.query.next); }",
        "function f(req, res) { res.redirect('/home?q=' + req.query.q); }",
    ),
    (
        "js-reflected-html",
        "function f(req, res) { res.send(`<p>${req.query.q}</p>`); }",
        "function f(req, res) { res.send(`<p>${escapeHtml(req.query.q)}</p>`); }",
    ),
    (
        "js-cors-credentials",
        "app.use(cors({ origin: true, credentials: true }));",
        "app.use(cors({ origin: 'https://a.example', credentials: true }));",
    ),
    (
        "js-jwt-none",
        "jwt.verify(t, k, { algorithms: ['none'] });",
        "jwt.verify(t, k, { algorithms: ['HS256'] });",
    ),
    (
        "js-chmod-all",
        "fs.chmodSync(p, 0o777);",
        "fs.chmodSync(p, 0o700);",
    ),
    (
        "js-regex-from-request",
        "function f(req) { return new RegExp(req.query.q); }",
        "function f(req) { return new RegExp(escapeRegExp(req.query.q)); }",
    ),
];

const PERFORMANCE: &[Case] = &[
    (
        "js-query-per-item",
        "async function f(orders) { for (const o of orders) { use(await Customer.findById(o.customer)); } }",
        "async function f(o) { use(await Customer.findById(o.customer)); }",
    ),
    (
        "js-await-in-loop",
        "async function f(urls) { for (const u of urls) { out.push(await fetch(u)); } }",
        "async function f(urls) { for (const u of urls) { const r = await fetch(u); if (r.ok) break; } }",
    ),
    (
        "js-sync-in-handler",
        "app.get('/', (req, res) => { res.send(fs.readFileSync('a')); });",
        "const page = fs.readFileSync('a'); app.get('/', (req, res) => { res.send(page); });",
    ),
    (
        "js-sync-in-async",
        "async function f() { child_process.execSync('ls'); }",
        "function f() { child_process.execSync('ls'); }",
    ),
    (
        "js-regex-in-loop",
        "function f(xs) { for (const x of xs) { use(new RegExp('a+'), x); } }",
        "function f(xs) { for (const x of xs) { use(new RegExp(x)); } }",
    ),
    (
        "js-intl-in-loop",
        "function f(xs) { for (const x of xs) { use(new Intl.NumberFormat('de').format(x)); } }",
        "const n = new Intl.NumberFormat('de');",
    ),
    (
        "js-membership",
        "function f(xs) { const seen = []; for (const x of xs) { if (seen.includes(x)) continue; seen.push(x); } }",
        "function f(xs) { const seen = new Set(); for (const x of xs) { if (seen.has(x)) continue; seen.add(x); } }",
    ),
    (
        "js-json-clone-in-loop",
        "function f(xs) { for (const x of xs) { use(JSON.parse(JSON.stringify(x))); } }",
        "function f(x) { use(JSON.parse(JSON.stringify(x))); }",
    ),
    (
        "js-array-copied-in-loop",
        "function f(xs) { let out = []; for (const x of xs) { out = [...out, x]; } return out; }",
        "function f(xs) { let out = []; for (const x of xs) { out = [...x]; } return out; }",
    ),
    (
        "js-reduce-copy",
        "const m = xs.reduce((acc, x) => ({ ...acc, [x.id]: x }), {});",
        "const m = xs.reduce((acc, x) => ({ ...x, [x.id]: acc }), {});",
    ),
];

const JSX: &[Case] = &[(
    "jsx-html",
    "function A({ text }) { return <p dangerouslySetInnerHTML={{ __html: '<b>' + text }} />; }",
    "function A({ text }) { return <p dangerouslySetInnerHTML={{ __html: DOMPurify.sanitize(text) }}>{text}</p>; }",
)];

#[test]
fn every_rule_meets_its_case_and_leaves_its_neighbour() {
    let all = [SECURITY, PERFORMANCE, JSX].concat();
    hold(Dialect::JavaScript, "src/app.js", &all);
    hold(Dialect::Tsx, "src/app.tsx", &all);
    hold(
        Dialect::TypeScript,
        "src/app.ts",
        &[SECURITY, PERFORMANCE].concat(),
    );
}
