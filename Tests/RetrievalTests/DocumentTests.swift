import ContextCore
import Documents
import Runtime
import SQL
import TestSupport
import Testing

@testable import Retrieval

@Suite struct DocumentTests {
    private static let markdown = """
        # Install

        Run the installer and wait for it to finish.

        # Configure

        Edit the configuration file.

        # Start

        Start the service.
        """

    private func input(_ content: String, _ name: String = "guide.md") -> DocumentReader.Input {
        DocumentReader.Input(bytes: Array(content.utf8), name: name, title: "Guide")
    }

    private func draft(_ content: String, from source: String = "guide.md") -> DocumentDraft {
        DocumentDraft(source: source, contentHash: SHA256.hash(content.utf8), bytes: content.utf8.count)
    }

    private func queue(_ library: PassageLibrary) -> UploadQueue {
        UploadQueue(library: library, now: { start }, log: .disabled)
    }

    @Test func `a document becomes chunks in order, found with their headings`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        let outcome = try await library.ingest(draft(Self.markdown), input(Self.markdown), into: notes, at: start)
        guard case .indexed(let id, let count, _, _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        let passages = try await library.allPassages()
        try #require(count == 3 && passages.map(\.chunk?.ordinal) == [0, 1, 2])
        #expect(passages[1].fields["text"]?.contains("Edit the configuration file.") == true)
        #expect(passages[1].fields["title"]?.contains("Configure") == true)
        #expect(try await library.document(id, for: .local).status == .ready)
        #expect(try await library.document(id, for: .local).passages == 3)
        #expect(
            try await library.find(RetrievalQuery("configure", mode: .keyword, in: [notes], limit: 1)) == [
                passages[1].id
            ]
        )
    }

    @Test(arguments: ["# %\n\n", "---\ntitle: %\n---\n", "```%\n"])
    func `what a document says of itself is not copied into every passage without bound`(start: String) async throws {
        let long = String(repeating: "w", count: 100_000)
        let body = (0..<2_000).map { "Sentence \($0) is about herons." }.joined(separator: "\n\n")
        let content = start.replacing("%", with: long) + body
        for kind in [PassageKind.text, .code] {
            let reader = DocumentReader(tokens: TokenCounter(nil), window: 254)
            let input = DocumentReader.Input(bytes: Array(content.utf8), name: "guide.md")
            let reading = try await reader.read(input, as: kind)
            #expect(reading.drafts.count > 50)
            for draft in reading.drafts {
                #expect(draft.fields.values.allSatisfy { $0.utf8.count < 8_192 })
                #expect(draft.metadata.description.utf8.count < 8_192)
            }
        }
    }

    @Test func `a document's own metadata has the room that is left beside what was sent with it`() async throws {
        let entries = (10..<30).map { "k\($0): " + String(repeating: "v", count: 1_000) }
        let content = "---\n" + entries.joined(separator: "\n") + "\n---\ntext\n"
        let sent: JSONValue = ["k10": "sent", "z": .string(String(repeating: "z", count: 6_000))]
        let reader = DocumentReader(tokens: TokenCounter(nil), window: 254)
        let input = DocumentReader.Input(bytes: Array(content.utf8), name: "guide.md", metadata: sent)
        let reading = try await reader.read(input, as: .text)
        let metadata = try #require(reading.drafts.first?.metadata.objectValue)
        #expect(metadata["k10"] == "sent" && metadata["z"] == sent.objectValue?["z"])
        #expect(metadata["k11"] != nil && metadata["k12"] != nil && metadata["k13"] == nil)
        #expect(reading.warnings.count == 17)
        #expect(reading.warnings.allSatisfy { $0.contains("bytes of metadata (max: 8192)") })
    }

    @Test func `the same again is unchanged; a changed one keeps the keys of its unchanged chunks`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        _ = try await library.ingest(draft(Self.markdown), input(Self.markdown), into: notes, at: start)
        let before = try await library.allPassages()
        let again = try await library.ingest(draft(Self.markdown), input(Self.markdown), into: notes, at: start)
        guard case .unchanged = again else {
            Issue.record("\(again)")
            return
        }
        let changed =
            "# Preface\n\nRead this first.\n\n"
            + Self.markdown.replacing("Edit the configuration file.", with: "Use the editor.")
        _ = try await library.ingest(draft(changed), input(changed), into: notes, at: start)
        let after = try await library.allPassages().sorted { ($0.chunk?.ordinal ?? 0) < ($1.chunk?.ordinal ?? 0) }
        try #require(after.map(\.chunk?.ordinal) == [0, 1, 2, 3])
        #expect(after[1].key == before[0].key)
        #expect(after[3].key == before[2].key)
        #expect(!before.map(\.key).contains(after[2].key))
        #expect(try await library.find(RetrievalQuery("edit file", mode: .keyword, in: [notes], limit: 5)).isEmpty)
        #expect(try await library.disagreements() == [])
        let around = try await library.neighbours(of: after[1], reach: 1, for: .local)
        #expect(around.map(\.key) == [after[0].key, after[2].key])
    }

    @Test func `a text that stands twice in a document is two chunks`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        let twice = "# A\n\nSame words.\n\n# B\n\nOther words.\n\n# A\n\nSame words.\n"
        guard
            case .indexed(_, let count, _, _) = try await library.ingest(
                draft(twice),
                input(twice),
                into: notes,
                at: start
            )
        else {
            Issue.record("not indexed")
            return
        }
        #expect(count == 3)
        #expect(try await library.allPassages().count == 3)
    }

    @Test func `the same content under another name is stored once`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        let other = try await library.textCollection("other")
        guard
            case .indexed(let id, _, _, _) = try await library.ingest(
                draft(Self.markdown),
                input(Self.markdown),
                into: notes,
                at: start
            ),
            case .duplicate(let twin) = try await library.ingest(
                draft(Self.markdown, from: "copy.md"),
                input(Self.markdown, "copy.md"),
                into: notes,
                at: start
            ),
            case .indexed = try await library.ingest(draft(Self.markdown), input(Self.markdown), into: other, at: start)
        else {
            Issue.record("not as expected")
            return
        }
        #expect(twin == id)
        #expect(library.passageCount(in: notes) == 3)
        let submitted = try await library.submit(
            draft(Self.markdown, from: "third.md"),
            input(Self.markdown),
            into: notes,
            at: start
        )
        #expect(submitted.original == id && submitted.outcome == .known)
        #expect(submitted.document.source == "third.md" && submitted.document.status == .duplicate)
        #expect(try await queue(library).readNext() == false)
    }

    @Test func `deleting a document takes its passages along`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        guard
            case .indexed(let id, _, _, _) = try await library.ingest(
                draft(Self.markdown),
                input(Self.markdown),
                into: notes,
                at: start
            )
        else { return }
        #expect(try await library.deleteDocument(id, for: .local) == 3)
        #expect(library.index.count == 0)
        await #expect(throws: ContextError.self) { try await library.document(id, for: .local) }
        guard
            case .indexed = try await library.ingest(draft(Self.markdown), input(Self.markdown), into: notes, at: start)
        else {
            Issue.record("a deleted document is not known any more")
            return
        }
    }

    @Test func `what was accepted is read after a restart, in order, and one that cannot be read holds up nobody`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            let first = try await openLibrary(.file(directory + "/test.db"))
            let notes = try await first.textCollection()
            let bad = DocumentReader.Input(bytes: [0, 1, 2, 3, 0xFF, 0xFE, 0, 0], name: "bad.bin")
            let badDraft = DocumentDraft(source: "bad.bin", contentHash: SHA256.hash(bad.bytes), bytes: 8)
            let refused = try await first.submit(badDraft, bad, into: notes, at: start).document
            let accepted = try await first.submit(draft(Self.markdown), input(Self.markdown), into: notes, at: start)
                .document
            #expect(accepted.status == .queued)
            #expect(first.index.count == 0)

            let second = try await openLibrary(.file(directory + "/test.db"))
            while try await queue(second).readNext() {}
            let failed = try await second.document(refused.id, for: .local)
            #expect(failed.status == .failed)
            #expect(failed.problem?.isEmpty == false)
            #expect(try await second.document(accepted.id, for: .local).status == .ready)
            #expect(try await second.document(accepted.id, for: .local).passages == 3)
            try await first.index.catchUp()
            #expect(first.index.count == 3)
            #expect(try await first.disagreements() == [])
        }
    }

    @Test func `a new version that cannot be read leaves the old one to be found, and deleting counts it`() async throws
    {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        let document = try await library.submit(draft(Self.markdown), input(Self.markdown), into: notes, at: start)
            .document
        while try await queue(library).readNext() {}
        let bytes: [UInt8] = [0, 1, 2, 0xFF, 0, 0]
        let broken = DocumentDraft(source: "guide.md", contentHash: SHA256.hash(bytes), bytes: bytes.count)
        _ = try await library.submit(
            broken,
            DocumentReader.Input(bytes: bytes, name: "guide.md"),
            into: notes,
            at: start
        )
        while try await queue(library).readNext() {}
        #expect(try await library.document(document.id, for: .local).status == .failed)
        #expect(library.passageCount(in: notes) == 3)
        #expect(try await library.deleteDocument(document.id, for: .local) == 3)
        #expect(library.index.count == 0)
    }

    @Test func `what was submitted or deleted while its document was read is not undone`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        let changed = Self.markdown + "\n\nAnd one more paragraph.\n"
        let document = try await library.submit(draft(Self.markdown), input(Self.markdown), into: notes, at: start)
            .document
        _ = try await library.submit(draft(changed), input(changed), into: notes, at: start)
        // The reader that took the first version finishes now.
        try await library.ingestSubmitted(draft(Self.markdown), input(Self.markdown), into: notes, at: start)
        #expect(try await library.document(document.id, for: .local).status == .queued)
        while try await queue(library).readNext() {}
        #expect(try await library.allPassages().contains { $0.text.contains("one more paragraph") })
        _ = try await library.deleteDocument(document.id, for: .local)
        try await library.ingestSubmitted(draft(changed), input(changed), into: notes, at: start)
        await #expect(throws: ContextError.self) { try await library.document(document.id, for: .local) }
        #expect(library.index.count == 0)
    }

    @Test func `a submitted document whose twin was indexed meanwhile is read all the same, once`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        let old = "# Old\n\nOld text.\n"
        _ = try await library.ingest(draft(old, from: "a.md"), input(old, "a.md"), into: notes, at: start)
        let waiting = try await library.submit(
            draft(Self.markdown, from: "b.md"),
            input(Self.markdown, "b.md"),
            into: notes,
            at: start
        ).document
        _ = try await library.ingest(
            draft(Self.markdown, from: "a.md"),
            input(Self.markdown, "a.md"),
            into: notes,
            at: start
        )
        #expect(try await queue(library).readNext())
        #expect(try await queue(library).readNext() == false)
        #expect(try await library.document(waiting.id, for: .local).status == .ready)
    }

    @Test func `expired documents are read again when they come again`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection("short", .timeToLive(60))
        _ = try await library.ingest(draft(Self.markdown), input(Self.markdown), into: notes, at: start)
        let later = start.adding(seconds: 61)
        let swept = try await library.database.transaction { try await PassageStore.sweepExpired(at: later, on: $0) }
        #expect(swept == 3)
        guard
            case .indexed(_, 3, _, _) = try await library.ingest(
                draft(Self.markdown),
                input(Self.markdown),
                into: notes,
                at: later
            )
        else {
            Issue.record("the document was taken for unchanged")
            return
        }
        #expect(try await library.disagreements() == [])
    }

    @Test func `capacity holds for documents as well`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection("few", .capacity(2))
        let outcome = try await library.ingest(draft(Self.markdown), input(Self.markdown), into: notes, at: start)
        #expect(library.passageCount(in: notes) == 2)
        guard case .indexed(let id, let count, let evicted, _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(count == 3 && evicted == 1)
        let document = try await library.document(id, for: .local)
        #expect(document.passages == 3 && document.presentPassages == 2)
        let later = "# Later\n\nAnother document.\n"
        _ = try await library.ingest(
            draft(later, from: "later.md"),
            input(later, "later.md"),
            into: notes,
            at: start.adding(seconds: 1)
        )
        #expect(try await library.document(id, for: .local).presentPassages == 1)
    }

    @Test func `two submissions at once of many documents lose none`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                let content = "# Part \(number)\n\nText number\(number).\n"
                group.addTask {
                    _ = try await library.submit(
                        draft(content, from: "\(number).md"),
                        input(content, "\(number).md"),
                        into: notes,
                        at: start
                    )
                }
            }
            try await group.waitForAll()
        }
        while try await queue(library).readNext() {}
        #expect(library.passageCount(in: notes) == 12)
    }

    private func waitingFor(_ library: PassageLibrary) async throws {
        while try await queue(library).readNext() {}
    }

    @Test func `the same bytes with a new title or metadata take the former's place`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        var draft = draft(Self.markdown)
        draft.metadata = ["shelf": 1]
        func submit() async throws -> Submission {
            let input = DocumentReader.Input(
                bytes: Array(Self.markdown.utf8),
                name: "guide.md",
                title: draft.title,
                metadata: draft.metadata
            )
            return try await library.submit(draft, input, into: notes, at: start)
        }
        let first = try await submit()
        try await waitingFor(library)
        #expect(try await submit().outcome == .known)
        draft.metadata = ["shelf": 2]
        #expect(try await submit().outcome == .replaced)
        draft.title = "Manual"
        // Also while the one before is still waiting, and when its reader ends last.
        #expect(try await submit().outcome == .replaced)
        var outdated = draft
        outdated.title = nil
        try await library.ingestSubmitted(outdated, input(Self.markdown), into: notes, at: start)
        try await waitingFor(library)
        let document = try await library.document(first.document.id, for: .local)
        #expect(document.status == .ready && document.title == "Manual" && document.metadata == ["shelf": 2])
        let passages = try await library.allPassages()
        #expect(passages.count == 3 && passages.allSatisfy { $0.metadata.objectValue?["shelf"] == 2 })
    }

    @Test(arguments: ["changed", "deleted"])
    func `a duplicate is read, as it was submitted, when its original is gone`(fate: String) async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        let original = try await library.submit(
            draft(Self.markdown, from: "a.md"),
            input(Self.markdown, "a.md"),
            into: notes,
            at: start
        )
        var copy = draft(Self.markdown, from: "b.md")
        copy.metadata = ["shelf": 7]
        let bytes = Array(Self.markdown.utf8)
        let known = try await library.submit(
            copy,
            DocumentReader.Input(bytes: bytes, name: "b.md", metadata: copy.metadata),
            into: notes,
            at: start
        )
        #expect(known.outcome == .known && known.original == original.document.id)
        let third = try await library.submit(
            draft(Self.markdown, from: "c.md"),
            input(Self.markdown, "c.md"),
            into: notes,
            at: start
        )
        try await waitingFor(library)
        #expect(library.passageCount(in: notes) == 3)
        if fate == "changed" {
            let other = "# Other\n\nSomething else.\n"
            _ = try await library.submit(draft(other, from: "a.md"), input(other, "a.md"), into: notes, at: start)
        } else {
            _ = try await library.deleteDocument(original.document.id, for: .local)
        }
        try await waitingFor(library)
        let document = try await library.document(known.document.id, for: .local)
        #expect(document.status == .ready && document.source == "b.md" && document.metadata == ["shelf": 7])
        #expect(document.presentPassages == 3)
        #expect(try await library.document(third.document.id, for: .local).status == .duplicate)
        #expect(library.passageCount(in: notes) == (fate == "changed" ? 4 : 3))
    }

    @Test func `a document that fails in an unforeseen way lets the others pass and is given up with a reason`()
        async throws
    {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        try await library.database.transaction { connection in
            try await connection.execute(
                """
                CREATE TRIGGER poison BEFORE INSERT ON passage WHEN new.fields LIKE '%poison%'
                BEGIN SELECT RAISE(ABORT, 'poisoned'); END
                """
            )
        }
        let poison = "# Poison\n\nA drop of poison.\n"
        let bad = try await library.submit(draft(poison, from: "a"), input(poison, "a.md"), into: notes, at: start)
        let good = try await library.submit(
            draft(Self.markdown),
            input(Self.markdown),
            into: notes,
            at: start
        )
        let queue = UploadQueue(library: library, attempts: 3, now: { start }, log: .disabled)
        await #expect(throws: SQLError.self) { try await queue.readNext() }
        #expect(try await queue.readNext())
        #expect(try await library.document(good.document.id, for: .local).status == .ready)
        await #expect(throws: SQLError.self) { try await queue.readNext() }
        #expect(try await library.document(bad.document.id, for: .local).status == .queued)
        #expect(try await queue.readNext())
        let failed = try await library.document(bad.document.id, for: .local)
        #expect(failed.status == .failed && failed.problem?.contains("3 attempts") == true)
        #expect(failed.problem?.contains("poisoned") == false)
        #expect(try await queue.readNext() == false)
    }

    private func attempts(_ library: PassageLibrary) async throws -> [Int] {
        try await library.database.read { connection in
            try await connection.query("SELECT attempts FROM upload").map { try $0.decode(Int.self) }
        }
    }

    @Test func `a document that ends the process is given up at a later start, and no sooner than it may`()
        async throws
    {
        let provider = EmbeddingProvider()
        try await Providers.with(next: provider) { providers in
            try await withTemporaryDirectory { directory in
                let first = try await providers.library(directory + "/test.db", wanting: "next")
                let notes = try await first.textCollection()
                let document = try await first.submit(
                    draft(Self.markdown),
                    input(Self.markdown),
                    into: notes,
                    at: start
                )
                .document
                provider.change { $0.delay = .seconds(600) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try await queue(first).readNext() }
                    try await eventually { try await attempts(first) == [1] }
                    // What another process finds after this one was killed.
                    let second = try await openLibrary(.file(directory + "/test.db"))
                    let patient = UploadQueue(library: second, attempts: 2, now: { start }, log: .disabled)
                    let strict = UploadQueue(library: second, attempts: 1, now: { start }, log: .disabled)
                    try await patient.giveUpAbandoned()
                    #expect(try await strict.readNext() == false)
                    #expect(try await second.document(document.id, for: .local).status == .queued)
                    try await strict.giveUpAbandoned()
                    let failed = try await second.document(document.id, for: .local)
                    #expect(failed.status == .failed && failed.problem?.contains("1 attempt ") == true)
                    group.cancelAll()
                }
            }
        }
    }

    @Test func `a stop of the server is no attempt`() async throws {
        let provider = EmbeddingProvider()
        try await Providers.with(next: provider) { providers in
            try await withTemporaryDirectory { directory in
                let library = try await providers.library(directory + "/test.db", wanting: "next")
                let notes = try await library.textCollection()
                _ = try await library.submit(draft(Self.markdown), input(Self.markdown), into: notes, at: start)
                provider.change { $0.delay = .seconds(600) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        await #expect(throws: CancellationError.self) { try await queue(library).readNext() }
                    }
                    try await eventually { try await attempts(library) == [1] }
                    group.cancelAll()
                }
                #expect(try await attempts(library) == [0])
            }
        }
    }

    @Test func `a document that is indexed again unchanged lives on, and no passage is indexed again for it`()
        async throws
    {
        let library = try await openLibrary()
        let notes = try await library.textCollection("short", .timeToLive(60))
        _ = try await library.ingest(draft(Self.markdown), input(Self.markdown), into: notes, at: start)
        let revision = library.index.revision
        let again = start.adding(seconds: 50)
        guard
            case .unchanged = try await library.ingest(
                draft(Self.markdown),
                input(Self.markdown),
                into: notes,
                at: again
            )
        else {
            Issue.record("the document was read again")
            return
        }
        func sweep(after seconds: Int) async throws -> Int {
            let moment = start.adding(seconds: seconds)
            return try await library.database.transaction { try await PassageStore.sweepExpired(at: moment, on: $0) }
        }
        #expect(try await sweep(after: 61) == 0)
        try await library.index.catchUp()
        #expect(library.index.revision == revision)
        #expect(try await sweep(after: 111) == 3)
    }
}
