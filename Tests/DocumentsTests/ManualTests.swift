import Documents
import Testing

@Suite struct ManualTests {
    @Test func `a man page becomes headings and paragraphs without macros`() throws {
        let document = try parse(
            """
            .\\" comment
            .TH LS "1" "May 2024" "GNU"
            .SH NAME
            ls \\- list \\fIdirectory\\fP contents
            .SH OPTIONS
            .TP
            \\fB\\-a\\fR, \\fB\\-\\-all\\fR
            do not ignore
            .BR ls (1)
            .SS "Sub part"
            .nf
            $ ls \\e
              \\(bu x
            .fi
            .de XX
            hidden
            ..
            """,
            name: "ls.1"
        )
        #expect(document.title == "ls(1)")
        #expect(document.texts == ["ls - list directory contents", "-a, --all\ndo not ignore ls(1)", "$ ls \\\n  • x"])
        #expect(document.paths == ["ls(1)/NAME", "ls(1)/OPTIONS", "ls(1)/OPTIONS/Sub part"])
    }

    @Test func `an mdoc page is read too`() throws {
        let text = ".Dd x\n.Dt CAT 1\n.Os\n.Sh NAME\n.Nm cat\n.Nd print files\n.Sh SYNOPSIS\n.Nm\n.Op Fl n\n.Ar file\n"
        let document = try parse(text, name: "cat.1")
        #expect(document.title == "cat(1)")
        #expect(document.texts == ["cat — print files", "cat [-n] file"])
    }

    @Test(arguments: [
        ("\\s+2big\\s0", "big"), ("\\*(lqx\\*(rq", "“x”"), ("it\\*(Aqs \\*(L\"q", "it's “q"), ("a\\h'1n'b", "ab"),
        ("\\[u00E4]", "ä"), ("x\\", "x"),
        ("\\f", ""),
        ("\\(e", ""), ("\\fB\\", ""), ("a\\&.b", "a.b"), ("\\[unclosed", ""),
    ])
    func `escapes give their characters or nothing`(line: String, text: String) throws {
        #expect(try parse(".SH H\nt\(line)\n", name: "x.1").texts == ["t" + text])
    }
}
