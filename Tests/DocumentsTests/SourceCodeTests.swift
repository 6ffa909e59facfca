import Documents
import TestSupport
import Testing

@Suite struct SourceCodeTests {
    @Test func `Swift is cut at functions, with comments and attributes above them`() throws {
        let document = try parse(
            """
            import A

            /// A box.
            @frozen
            package struct Box<T> {
                let value = "}"  // {

                /// Opens it.
                func open(_ a: Int)
                    -> Int
                {
                    if a > 0 { return 1 }
                    return 2
                }

                init() {}
            }

            extension Box: Hashable {
                static func == (a: Box, b: Box) -> Bool { true }
            }

            func free() {
                func inner() {}
            }
            """,
            name: "src/Box.swift"
        )
        #expect(
            document.paths == [
                "Box.swift", "Box.swift/Box", "Box.swift/Box/open", "Box.swift/Box/init", "Box.swift/Box",
                "Box.swift/Box/==", "Box.swift/free",
            ]
        )
        #expect(document.texts[1].hasPrefix("/// A box.\n@frozen\npackage struct"))
        #expect(document.texts[2].contains("/// Opens it."))
        #expect(document.texts[2].hasSuffix("}"))
        #expect(document.sections[2].location == .line(8))
    }

    @Test func `a declaration takes the lines above that are its own, and no others`() throws {
        // Each line begins a declaration, and looks like the result type of a function on the next one.
        let many = try parse(String(repeating: "struct a\n", count: 200), name: "a.c")
        #expect(many.sections.count == 199 && many.texts.dropLast().allSatisfy { $0 == "struct a" })
        let result = try parse("int x;\n\n/* Where. */\nstatic struct point *\norigin(void)\n{\n}\n", name: "a.c")
        #expect(result.texts == ["int x;", "/* Where. */\nstatic struct point *\norigin(void)\n{\n}"])
        #expect(result.paths == ["a.c", "a.c/origin"])
    }

    @Test(
        arguments: [
            (
                "a.py",
                "import x\n\n@wraps\nclass A(B):\n    '''doc\n    def no(): '''\n    def f(self):\n        pass\n\ndef g():\n    pass\nrun()\n",
                ["a.py", "a.py/A", "a.py/A/f", "a.py/g", "a.py"]
            ),
            (
                "a.go",
                "package a\n\n// F does.\nfunc (r *T) F(x int) int {\n\treturn 1\n}\n\ntype S struct {\n\ta int\n}\n",
                ["a.go", "a.go/T.F", "a.go/S"]
            ),
            (
                "a.rs",
                "impl Foo for Bar {\n    /// d\n    #[x]\n    pub(crate) fn go<'a>(&'a self) -> u8 { b'{' }\n}\nfn main() {\n}\n",
                ["a.rs/impl Foo for Bar", "a.rs/impl Foo for Bar/go", "a.rs/main"]
            ),
            (
                "a.c",
                "#include <a.h>\n\n/* doc */\nstatic int\nmain(int argc)\n{\n  while (1) {\n  }\n}\n\nint f(void) {\n}\n",
                ["a.c", "a.c/main", "a.c/f"]
            ),
            (
                "a.cpp",
                "namespace n {\nclass A {\n public:\n  A();\n  int f() const { return 1; }\n};\n}\nint n::A::g() {\n}\n",
                ["a.cpp/n", "a.cpp/n/A", "a.cpp/n/A/f", "a.cpp/n::A::g"]
            ),
            (
                "a.js",
                "class A {\n  render(x) {\n    return `}`\n  }\n}\nexport const f = async (a) => {\n}\nfunction g() {}\n",
                ["a.js/A", "a.js/A/render", "a.js/f", "a.js/g"]
            ),
            (
                "A.java", "public class A {\n  @Override\n  public int f(int a) {\n    return 1;\n  }\n}\n",
                ["A.java/A", "A.java/A/f"]
            ),
            ("a.sh", "set -e\n# deploys\ndeploy() {\n  echo ${x#y}\n}\ndeploy\n", ["a.sh", "a.sh/deploy", "a.sh"]),
            (
                "a.sql", "-- people\nCREATE TABLE IF NOT EXISTS people (\n  id int\n);\nCREATE VIEW v AS\nSELECT 1;\n",
                ["a.sql/people", "a.sql/v"]
            ),
            (
                "a.rb", "module M\n  class A\n    def f?(x)\n      1\n    end\n  end\nend\n",
                ["a.rb/M", "a.rb/M/A", "a.rb/M/A/f?"]
            ),
            ("a.yaml", "a: 1\n\nb: 2\n", ["a.yaml"]),
        ] as [(String, String, [String])]
    )
    func `languages are cut at their functions and types`(name: String, code: String, paths: [String]) throws {
        let document = try parse(code, name: name)
        var runs: [String] = []
        for path in document.paths where runs.last != path { runs.append(path) }
        #expect(runs == paths)
        #expect(visible(document.texts.joined()) == visible(code))
    }

    @Test func `whatever is unbalanced, no line is lost`() throws {
        var random = SeededGenerator(seed: 7)
        let words = [
            "func f() {", "}", "{", "\"", "'", "/*", "*/", "class A {", "`", "\"\"\"", "x = 1", "", "    def g():",
            "#if",
        ]
        for name in ["a.swift", "a.c", "a.py", "a.js", "a.rs", "a.sql", "a.rb", "a.sh", "a.go"] {
            for _ in 0..<60 {
                let code = (0..<40).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: "\n")
                #expect(visible(try parse(code, name: name).texts.joined()) == visible(code))
            }
        }
    }
}
