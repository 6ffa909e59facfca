import ContextCore
import FoundationEssentials
import Testing

@Suite struct TokenBudgetTests {
    @Test func `a budget is spent to its last token and never overdrawn`() {
        var budget = TokenBudget(limit: 10)
        let answers = [0, 7, 4, 3, 1].map { budget.spend($0) }
        #expect(answers == [true, true, false, true, false])
        #expect(!budget.fits(1) && budget.fits(0))
        #expect((budget.spent, budget.remaining) == (10, 0))
    }

    @Test(arguments: [0, -1, Int.min])
    func `a limit of nothing lets nothing through`(limit: Int) {
        var budget = TokenBudget(limit: limit)
        let isSpent = budget.spend(1)
        #expect(!isSpent && budget.remaining == 0)
    }
}

@Suite struct ContextErrorTests {
    @Test func `each kind has a code of its own and a status that is an error`() {
        let kinds = ContextError.Kind.allCases
        let errors = kinds.map { ContextError($0, "x") }
        #expect(Set(errors.map(\.code)).count == kinds.count)
        #expect(
            errors.allSatisfy { (400...599).contains($0.status) && !$0.type.isEmpty && $0.type.hasSuffix("_error") }
        )
        #expect(errors.allSatisfy { $0.code.utf8.allSatisfy { $0 == 0x5F || (0x61...0x7A).contains($0) } })
    }

    @Test(
        arguments: [
            (.invalidRequest, 400), (.unauthenticated, 401), (.forbidden, 403), (.notFound, 404), (.conflict, 409),
            (.payloadTooLarge, 413), (.unprocessable, 422), (.rateLimited, 429), (.clientClosedRequest, 499),
            (.requestTimeout, 408), (.notConfigured, 501), (.providerFailed, 502), (.shuttingDown, 503),
            (.overloaded, 503),
        ] as [(ContextError.Kind, Int)]
    )
    func `the statuses are those of the contract`(kind: ContextError.Kind, status: Int) {
        #expect(ContextError(kind, "x").status == status)
    }

    @Test func `what is unknown is quoted, but not at any length`() {
        let error = ContextError.unknown("session", String(repeating: "é", count: 10_000), parameter: "session_id")
        #expect(error.status == 404)
        #expect(error.message.count < 200)
        #expect(error.parameter == "session_id")
        #expect("ab".clipped(to: 2) == "ab")
        #expect("abc".clipped(to: 2) == "ab…")
    }
}

@Suite struct PassageKindTests {
    @Test(arguments: PassageKind.allCases)
    func `the fields that a kind speaks of are its own`(kind: PassageKind) {
        let named = [kind.body, kind.heading] + kind.answer
        #expect(named.allSatisfy(kind.fields.contains))
        #expect(Set(kind.fields).count == kind.fields.count)
        #expect(PassageKind(rawValue: kind.rawValue) == kind)
    }

    @Test func `the embedded text is all fields in the kind's order`() {
        let fields = ["source": "wiki", "solution": "restart", "error": "E1", "stray": "x"]
        #expect(PassageKind.errorSolution.text(of: fields) == "E1\nrestart\nwiki")
        #expect(PassageKind.errorSolution.text(of: [:]) == "")
    }

    @Test func `a passage without heading is named by its source, else by its beginning`() {
        func passage(_ fields: [String: String]) -> Passage {
            Passage(id: "p", key: 1, collection: "c", kind: .text, scope: .local, fields: fields)
        }
        #expect(passage(["title": "T", "source": "S", "text": "x"]).title == "T")
        #expect(passage(["source": "S", "text": "x"]).title == "S")
        #expect(passage(["text": String(repeating: "x", count: 100)]).title.count == 80)
        #expect(passage([:]).title == "p")
        #expect(passage(["text": "x"]).source == "p")
    }
}

@Suite struct RetentionTests {
    @Test(
        arguments: [
            (.permanent, "{\"type\":\"permanent\"}"), (.capacity(7), "{\"passages\":7,\"type\":\"capacity\"}"),
            (.timeToLive(60), "{\"seconds\":60,\"type\":\"ttl\"}"), (.connection, "{\"type\":\"connection\"}"),
        ] as [(Retention, String)]
    )
    func `each retention is written and read`(retention: Retention, text: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(String(decoding: try encoder.encode(retention), as: UTF8.self) == text)
        #expect(try JSONDecoder().decode(Retention.self, from: Data(text.utf8)) == retention)
    }

    @Test(arguments: [
        "{}", "{\"type\":\"forever\"}", "{\"type\":\"ttl\"}", "{\"type\":\"capacity\",\"passages\":\"x\"}",
        "\"permanent\"",
    ])
    func `what is no retention is refused`(text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Retention.self, from: Data(text.utf8)) }
    }
}

@Suite struct IdentifierTests {
    @Test func `every bit of the generator shows in the id`() {
        struct Fixed: RandomNumberGenerator {
            var bits: [UInt64]
            mutating func next() -> UInt64 { bits.removeFirst() }
        }
        var ids: Set<String> = []
        for bit in 0..<128 {
            let high: UInt64 = bit < 64 ? 1 << UInt64(bit) : 0
            let low: UInt64 = bit < 64 ? 0 : 1 << UInt64(bit - 64)
            var generator = Fixed(bits: [high, low])
            ids.insert(Identifier.random("x_", using: &generator))
        }
        #expect(ids.count == 128)
        #expect(
            ids.allSatisfy { $0.hasPrefix("x_") && $0.count == 28 && !$0.dropFirst(2).contains { "ilou".contains($0) } }
        )
    }
}
