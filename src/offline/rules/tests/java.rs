//! Java's rules, one by one; each snippet is the body of a method `f(String x, HttpServletRequest request)`.

use super::super::rule::Dialect;
use super::{Case, hold, rules};

const CASES: &[Case] = &[
    (
        "java-exec",
        "Runtime.getRuntime().exec(\"ls \" + x);",
        "Runtime.getRuntime().exec(\"ls\");",
    ),
    (
        "java-process-from-request",
        "new ProcessBuilder(request.getParameter(\"c\")).start();",
        "new ProcessBuilder(\"ls\").start();",
    ),
    (
        "java-sql-built",
        "s.executeQuery(\"SELECT a FROM t WHERE n = '\" + x + \"'\");",
        "PreparedStatement p = c.prepareStatement(\"SELECT a FROM t WHERE n = ?\"); p.setString(1, x);",
    ),
    (
        "java-deserialise",
        "Object o = new ObjectInputStream(request.getInputStream()).readObject();",
        "Object o = new DataInputStream(request.getInputStream());",
    ),
    (
        "java-weak-hash",
        "byte[] password = MessageDigest.getInstance(\"MD5\").digest(x.getBytes());",
        "byte[] content = MessageDigest.getInstance(\"MD5\").digest(x.getBytes());",
    ),
    (
        "java-weak-cipher",
        "Cipher.getInstance(\"AES/ECB/PKCS5Padding\");",
        "Cipher.getInstance(\"AES/GCM/NoPadding\");",
    ),
    (
        "java-trust-all",
        "new X509TrustManager() { public void checkServerTrusted(X509Certificate[] c, String s) {} };",
        "new X509TrustManager() { public void checkServerTrusted(X509Certificate[] c, String s) { inner.check(c); } };",
    ),
    (
        "java-weak-random",
        "String sessionId = \"\" + new Random().nextInt();",
        "int delay = new Random().nextInt();",
    ),
    (
        "java-xxe",
        "DocumentBuilderFactory.newInstance().newDocumentBuilder();",
        "DocumentBuilderFactory b = DocumentBuilderFactory.newInstance(); b.setFeature(\"http://apache.org/xml/features/disallow-doctype-decl\", true);",
    ),
    (
        "java-path-from-request",
        "new FileInputStream(\"/srv/\" + request.getParameter(\"n\"));",
        "new FileInputStream(\"/srv/\" + x);",
    ),
    (
        "java-zip-slip",
        "ZipEntry entry = zip.getNextEntry(); File out = new File(folder, entry.getName());",
        "ZipEntry entry = zip.getNextEntry(); File out = new File(folder, entry.getName()); if (!out.getCanonicalPath().startsWith(root)) throw new IOException();",
    ),
    (
        "java-reflected-html",
        "response.getWriter().println(\"<p>\" + request.getParameter(\"q\"));",
        "response.getWriter().println(\"<p>\" + Encode.encodeForHTML(request.getParameter(\"q\")));",
    ),
    (
        "java-xpath",
        "xpath.evaluate(\"//u[@id='\" + request.getParameter(\"id\") + \"']\", doc);",
        "xpath.evaluate(\"//u\", doc);",
    ),
    (
        "java-ldap",
        "ctx.search(base, \"(uid=\" + request.getParameter(\"u\") + \")\", controls);",
        "ctx.search(base, \"(uid={0})\", new Object[] { request.getParameter(\"u\") }, controls);",
    ),
    (
        "java-ssrf",
        "new URL(request.getParameter(\"u\")).openStream();",
        "new URL(\"https://a.example/\" + request.getParameter(\"u\")).openStream();",
    ),
    (
        "java-redirect",
        "response.sendRedirect(request.getParameter(\"next\"));",
        "response.sendRedirect(\"/home\");",
    ),
    (
        "java-script-eval",
        "engine.eval(request.getParameter(\"s\"));",
        "engine.eval(\"1 + 1\");",
    ),
    (
        "java-cookie-open",
        "cookie.setSecure(false);",
        "cookie.setSecure(true);",
    ),
    (
        "java-string-grown-in-loop",
        "String s = \"\"; for (String p : parts) { s += p; }",
        "int s = 0; for (int p : parts) { s += p; }",
    ),
    (
        "java-pattern-in-loop",
        "for (String p : parts) { Pattern.compile(\"a+\").matcher(p).find(); }",
        "for (String p : parts) { Pattern.compile(p).matcher(x).find(); }",
    ),
    (
        "java-query-per-item",
        "for (Order o : orders) { use(customerRepository.findById(o.customerId())); }",
        "for (Order o : customerRepository.findAllById(ids)) { use(o); }",
    ),
    (
        "java-list-membership",
        "List<String> seen = new ArrayList<>(); for (String p : parts) { if (seen.contains(p)) { use(p); } seen.add(p); }",
        "Set<String> seen = new HashSet<>(); for (String p : parts) { if (seen.contains(p)) { use(p); } seen.add(p); }",
    ),
    (
        "java-list-head",
        "List<String> queue = all(); while (!queue.isEmpty()) { use(queue.remove(0)); more(); }",
        "Deque<String> queue = all(); while (!queue.isEmpty()) { use(queue.poll()); }",
    ),
    (
        "java-heavy-in-loop",
        "for (String p : parts) { new ObjectMapper().readTree(p); }",
        "ObjectMapper m = new ObjectMapper(); for (String p : parts) { m.readTree(p); }",
    ),
    (
        "java-request-body",
        "byte[] b = request.getInputStream().readAllBytes();",
        "byte[] b = request.getInputStream().readNBytes(9);",
    ),
];

fn whole(body: &str) -> String {
    format!(
        "import java.util.zip.ZipEntry;\nclass A {{\n  void f(String x, HttpServletRequest request) {{\n    {body}\n  }}\n}}\n"
    )
}

#[test]
fn every_rule_meets_its_case_and_leaves_its_neighbour() {
    let texts: Vec<(&str, String, String)> = CASES
        .iter()
        .map(|(r, b, g)| (*r, whole(b), whole(g)))
        .collect();
    let cases: Vec<Case> = texts
        .into_iter()
        .map(|(r, b, g)| (r, &*b.leak(), &*g.leak()))
        .collect();
    hold(Dialect::Java, "src/main/java/A.java", &cases);
}

#[test]
fn annotated_parameters_come_from_outside() {
    let text = "class A { void f(@RequestParam String q) { new FileReader(q); } void g(String q) { new FileReader(q); } }";
    assert_eq!(rules("A.java", text), ["java-path-from-request"]);
}
