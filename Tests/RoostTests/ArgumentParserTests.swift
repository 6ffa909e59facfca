import TestSupport
import Testing

@testable import roost

struct ArgumentParserTests {
    private static let syntax = CommandSyntax(
        name: "test",
        summary: "A test.",
        operand: .init(name: "WORD", summary: "Words.", count: 1...2),
        options: [.value("limit", "N", "A number."), .flag("explain", "A flag.")]
    )

    private func parse(_ words: String...) throws(UsageError) -> ParsedArguments {
        try ArgumentParser(syntax: Self.syntax).parse(words)
    }

    @Test(
        arguments: [
            (["a"], ["a"], [:], []),
            (["a", "--limit", "3"], ["a"], ["limit": "3"], []),
            (["--limit=3", "a"], ["a"], ["limit": "3"], []),
            (["--limit=a=b", "a"], ["a"], ["limit": "a=b"], []),
            (["--limit=", "a"], ["a"], ["limit": ""], []),
            (["a", "--explain", "b"], ["a", "b"], [:], ["explain"]),
            (["--", "--limit"], ["--limit"], [:], []),
            (["-", "a"], ["-", "a"], [:], []),
            (["--limit", "1", "--limit", "2", "a"], ["a"], ["limit": "2"], []),
            (["--limit", "--explain", "a"], ["a"], ["limit": "--explain"], []),
            (["-h"], [], [:], ["help"]),
            (["--help"], [], [:], ["help"]),
            (["--json", "--data", "d", "--config", "c", "a"], ["a"], ["data": "d", "config": "c"], ["json"]),
        ] as [([String], [String], [String: String], Set<String>)]
    )
    func `words become operands, values and flags`(
        words: [String],
        operands: [String],
        values: [String: String],
        flags: Set<String>
    ) throws {
        let parsed = try ArgumentParser(syntax: Self.syntax).parse(words)
        #expect(parsed.operands == operands)
        #expect(parsed.values == values)
        #expect(parsed.flags == flags)
    }

    @Test(
        arguments: [
            ([], "WORD is missing. Usage: roost test WORD… [options]"),
            (["a", "b", "c"], "too many words. Usage: roost test WORD… [options]"),
            (["a", "--limt", "3"], "roost test has no option --limt. Did you mean --limit?"),
            (["a", "--zzzzzz"], "roost test has no option --zzzzzz."),
            (["a", "-x"], "roost test has no option -x."),
            (["a", "--limit"], "--limit needs a value: --limit N."),
            (["a", "--explain=yes"], "--explain takes no value."),
        ] as [([String], String)]
    )
    func `what is not understood is named`(words: [String], sentence: String) {
        #expect(throws: UsageError(sentence)) { try ArgumentParser(syntax: Self.syntax).parse(words) }
    }

    @Test func `numbers outside their range are refused with the range`() throws {
        let parsed = try parse("a", "--limit", "101")
        #expect(throws: UsageError("--limit is “101”: expected a whole number from 1 to 100.")) {
            try parsed.integer("limit", in: 1...100)
        }
        #expect(try parsed.integer("limit", in: 1...101) == 101)
        #expect(try parsed.integer("other", in: 1...2) == nil)
    }

    @Test func `every command reads its own help, and names are unique`() throws {
        let names = CommandTable.all.map { $0.syntax.name }
        #expect(Set(names).count == names.count)
        for command in CommandTable.all {
            let options = command.syntax.allOptions.map(\.name)
            #expect(Set(options).count == options.count)
            #expect(try ArgumentParser(syntax: command.syntax).parse(["--help"]).flags == ["help"])
            #expect(command.syntax.help.contains(command.syntax.usage))
        }
    }

    @Test(arguments: [
        ("serch", "Did you mean “search”?"), ("indx", "Did you mean “index”?"),
        ("talk", "roost has no command “talk”."),
    ])
    func `an unknown command is refused, with the nearest one if there is one`(name: String, part: String) {
        #expect {
            try CommandTable.command(name)
        } throws: { error in
            "\(error)".contains(part)
        }
    }

    @Test func `any words are parsed or refused`() {
        let pieces = [
            "-", "--", "---", "--limit", "--limit=", "=", "a", "", "-h", "--explain", "--=", "ü", "--limit=1",
        ]
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2_000 {
            let words = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }
            guard let parsed = try? ArgumentParser(syntax: Self.syntax).parse(words) else { continue }
            #expect(parsed.flags.contains("help") || (1...2).contains(parsed.operands.count))
        }
    }
}
