import ContextCore
import KeywordSearch
import TestSupport
import Testing

@testable import ContextEngine

@Suite struct ContextPackerTests {
    /// A token is a word.
    private let packer = ContextPacker(renderer: PassageRenderer(), duplicateThreshold: 0.8) { text in
        text.split(whereSeparator: \.isWhitespace).count
    }

    private func passage(_ key: Int64, _ text: String, title: String? = nil) -> Passage {
        var fields = ["text": text]
        fields["title"] = title
        return Passage(id: "p\(key)", key: key, collection: "c", kind: .text, scope: .local, fields: fields)
    }

    private func candidate(_ key: Int64, _ text: String, isRelevant: Bool = true) -> ContextPacker.Candidate {
        ContextPacker.Candidate(passage: passage(key, text), isRelevant: isRelevant)
    }

    private func entry(_ key: Int64, _ form: PassageForm, _ text: String = "") -> DeliveryRecord.Entry {
        DeliveryRecord.Entry(passage: key, form: form, signature: MinHashSignature(of: text))
    }

    private func words(_ count: Int, _ seed: UInt64) -> String {
        var generator = SeededGenerator(seed: seed)
        return Engine.words(count, &generator)
    }

    @Test func `random packs stay in the budget, decide on every candidate, and their ids are their text`() {
        var generator = SeededGenerator(seed: 1)
        let renderer = PassageRenderer()
        for round in 0..<150 {
            let texts = (0..<generator.below(20)).map { _ in
                Engine.words(1 + generator.below(generator.pick([5, 50, 300])), &generator)
            }
            let candidates = texts.enumerated().map { candidate(Int64($0 + 1), $1, isRelevant: generator.below(8) > 0) }
            var delivered = DeliveryRecord()
            for key in 1...20 where generator.below(4) == 0 {
                delivered.record(entry(Int64(key), generator.pick([.brief, .full, .complete])))
            }
            let form = generator.pick([PassageForm.brief, .full, .complete])
            let limit = generator.pick([0, 1, 10, 50, 200, 2_000, -5])
            let pack = packer.pack(candidates, as: form, within: limit, after: delivered)
            #expect(pack.tokens <= max(0, limit), "round \(round)")
            #expect(pack.decisions.count == candidates.count)
            var parts = pack.parts[...]
            var spent = 0
            for (candidate, decision) in zip(candidates, pack.decisions) {
                let key = candidate.passage.key
                switch decision {
                case .included(let form, let tokens):
                    guard let part = parts.popFirst() else { Issue.record("a part is missing"); return }
                    #expect(part.passage.key == key && part.form == form)
                    #expect(part.text == renderer.render(candidate.passage, as: form))
                    #expect(delivered.allows(key, as: form))
                    spent += tokens
                case .alreadySent: #expect(!delivered.allows(key, as: form))
                case .belowThreshold: #expect(!candidate.isRelevant)
                case .nearDuplicate(let twin): #expect(twin != key)
                case .overBudget(let tokens): #expect(tokens > limit - spent)
                }
            }
            #expect(parts.isEmpty)
            #expect(pack.text == pack.parts.map(\.text).joined(separator: "\n\n"))
        }
    }

    @Test func `one that is too big makes room for smaller ones behind it`() {
        let pack = packer.pack(
            [
                candidate(1, words(300, 1)), candidate(2, words(10, 2)), candidate(3, words(500, 3)),
                candidate(4, words(11, 4)),
            ],
            as: .brief,
            within: 26,
            after: DeliveryRecord()
        )
        #expect(pack.parts.map(\.passage.key) == [2, 4])
        guard case .overBudget = pack.decisions[0], case .overBudget = pack.decisions[2] else {
            Issue.record("\(pack.decisions)")
            return
        }
    }

    @Test func `what does not fit in full comes briefly`() {
        let long = (0..<30).map { words(6, UInt64($0)) + "." }.joined(separator: " ")
        let pack = packer.pack([candidate(1, long)], as: .full, within: 100, after: DeliveryRecord())
        #expect(pack.decisions.count == 1)
        #expect(pack.parts.first?.form == .brief)
        #expect(pack.text.hasSuffix("[…]"))
        let again = packer.pack(
            [candidate(1, long)],
            as: .full,
            within: 100,
            after: DeliveryRecord([entry(1, .brief, long)])
        )
        guard case .overBudget(let tokens) = again.decisions[0] else {
            Issue.record("\(again.decisions)")
            return
        }
        #expect(tokens == 181)
    }

    @Test func `near duplicates are left out, in the pack and of what was sent in whatever form`() {
        let text = words(60, 7)
        let copy = text + " indeed"
        let both = packer.pack(
            [candidate(1, text), candidate(2, copy)],
            as: .full,
            within: 1_000,
            after: DeliveryRecord()
        )
        #expect(both.decisions[1] == .nearDuplicate(of: 1))
        let afterFull = packer.pack(
            [candidate(2, copy)],
            as: .full,
            within: 1_000,
            after: DeliveryRecord([entry(1, .full, text)])
        )
        #expect(afterFull.decisions == [.nearDuplicate(of: 1)])
        let afterBrief = DeliveryRecord([entry(1, .brief, text)])
        #expect(
            packer.pack([candidate(2, copy)], as: .brief, within: 1_000, after: afterBrief).decisions == [
                .nearDuplicate(of: 1)
            ]
        )
        let whole = packer.pack([candidate(2, copy)], as: .full, within: 1_000, after: afterBrief)
        #expect(whole.parts.map(\.form) == [.full])
        let tight = packer.pack([candidate(2, copy)], as: .full, within: 61, after: afterBrief)
        #expect(tight.parts.isEmpty)
    }

    @Test func `short texts that share nothing are no duplicates, nor are texts without words`() {
        let pack = packer.pack(
            [candidate(1, "alpha"), candidate(2, "beta"), candidate(3, "!!"), candidate(4, "??")],
            as: .full,
            within: 100,
            after: DeliveryRecord()
        )
        #expect(pack.parts.count == 4)
    }
}

@Suite struct DeliveryRecordTests {
    private func entry(_ key: Int64, _ form: PassageForm) -> DeliveryRecord.Entry {
        DeliveryRecord.Entry(passage: key, form: form, signature: MinHashSignature(of: "one two three four \(key)"))
    }

    @Test(
        arguments: [
            (nil, [.brief, .full, .complete]), (.brief, [.full, .complete]), (.full, []), (.complete, []),
        ] as [(PassageForm?, [PassageForm])]
    )
    func `what was sent decides what may come again`(sent: PassageForm?, allowed: [PassageForm]) {
        let record = DeliveryRecord(sent.map { [entry(1, $0)] } ?? [])
        #expect([PassageForm.brief, .full, .complete].filter { record.allows(1, as: $0) } == allowed)
        #expect(record.isUnsent(1) == (sent == nil))
        #expect(record.exhausted.contains(1) == (sent?.isWhole ?? false))
        #expect(record.sent == (sent == nil ? [] : [1]))
    }

    @Test func `a briefer form recorded later takes nothing back`() {
        let record = DeliveryRecord([entry(1, .full), entry(1, .brief)])
        #expect(!record.allows(1, as: .full))
        #expect(record.count == 1)
    }

    @Test func `what has nothing new to tell is exhausted, beyond a number of the lowest keys`() {
        var record = DeliveryRecord([entry(5, .brief), entry(4, .full), entry(3, .brief)])
        record.acknowledge(1)
        #expect(record.exhausted(as: .brief, beyond: 4) == [])
        #expect(record.exhausted(as: .brief, beyond: 3) == [5])
        #expect(record.exhausted(as: .brief, beyond: 0) == [1, 3, 4, 5])
        #expect(record.exhausted(as: .full, beyond: 1) == [4])
    }

    @Test func `what the client has need not be sent in any form`() {
        var record = DeliveryRecord([entry(1, .brief)])
        record.acknowledge(1)
        record.acknowledge(2)
        #expect(!record.allows(1, as: .complete) && !record.allows(2, as: .brief))
        #expect(record.count == 2)
    }
}
