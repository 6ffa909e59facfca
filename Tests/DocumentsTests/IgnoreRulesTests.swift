import Documents
import Testing

@Suite struct IgnoreRulesTests {
    /// As `git check-ignore` says, except that it also counts the rules on the directories above (`foo/a/b`).
    @Test(
        arguments: [
            ("*.log", "a.log", true), ("*.log", "d/e/a.log", true), ("*.log", "a.logs", nil),
            ("/a.log", "d/a.log", nil),
            ("/a.log", "a.log", true), ("d/a", "d/a", true), ("d/a", "x/d/a", nil), ("**/d/a", "x/y/d/a", true),
            ("**/a", "a", true), ("a/**", "a/b/c", true), ("a/**", "a", nil), ("a/**/b", "a/b", true),
            ("a/**/b", "a/x/y/b", true),
            ("a/*/b", "a/b", nil), ("a/*/b", "a/x/b", true), ("a/*/b", "a/x/y/b", nil), ("?.c", "a.c", true),
            ("?.c", "ab.c", nil),
            ("[a-c].o", "b.o", true), ("[!a-c].o", "b.o", nil), ("[!a-c].o", "d.o", true), ("[]].o", "].o", true),
            ("# no", "# no", nil), ("\\#a", "#a", true), ("\\!a", "!a", true), ("a\\ ", "a ", true), ("a  ", "a", true),
            ("*.log\n!keep.log", "keep.log", false), ("!keep.log\n*.log", "keep.log", true), ("", "a", nil),
            ("/", "a", nil),
            ("a*b*c", "aXbYbZc", true), ("a*b*c", "aXbYbZ", nil), ("foo/*", "foo/a", true), ("foo/*", "foo/a/b", nil),
            ("a**b", "axxb", true), ("[a-", "[a-", nil), ("\\a", "a", true),
        ] as [(String, String, Bool?)]
    )
    func `patterns have the meaning that Git gives them`(rules: String, path: String, verdict: Bool?) {
        #expect(IgnoreRules(rules).verdict(on: path, isDirectory: false) == verdict)
    }

    @Test func `a slash at the end means directories only`() {
        #expect(IgnoreRules("build/").verdict(on: "build", isDirectory: false) == nil)
        #expect(IgnoreRules("build/").verdict(on: "x/build", isDirectory: true) == true)
        #expect(IgnoreRules("x/build/").verdict(on: "y/x/build", isDirectory: true) == nil)
    }

    @Test func `a pattern of many stars takes no time`() {
        let rules = IgnoreRules(
            String(repeating: "*a", count: 200) + "\n" + String(repeating: "**/a/", count: 100) + "b"
        )
        #expect(rules.verdict(on: String(repeating: "a", count: 199), isDirectory: false) == nil)
        #expect(rules.verdict(on: String(repeating: "a/", count: 500) + "c", isDirectory: false) == nil)
    }
}
