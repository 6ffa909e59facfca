import ContextCore
import FoundationEssentials
import Glibc
import SQL
import TestSupport
import Testing
import VectorSearch

@testable import Retrieval
@testable import Runtime

/// Index and tables agree, whatever happens to either.
@Suite(.timeLimit(.minutes(5))) struct LiveIndexTests {
    @Test func `after each random step the index finds exactly what a naive model holds`() async throws {
        let library = try await openLibrary()
        let collections = [try await library.textCollection("one"), try await library.textCollection("two")]
        var generator = SeededGenerator(seed: 1)
        var model: [Int: [String: String]] = [0: [:], 1: [:]]
        for step in 0..<120 {
            let place = generator.below(2)
            let id = "p\(generator.below(12))"
            if generator.below(4) == 0, model[place]?[id] != nil {
                try await library.deletePassage(id, from: collections[place])
                model[place]?[id] = nil
            } else {
                let word = "word\(step)x"
                let receipt = try await library.write(
                    [text(id, "common \(word)", ["step": .number(Double(step))])],
                    to: collections[place],
                    at: start
                )
                #expect(receipt.created == (model[place]?[id] == nil ? 1 : 0))
                model[place]?[id] = word
            }
            #expect(try await library.disagreements() == [])
            for (place, passages) in model {
                let all = RetrievalQuery("common", mode: .keyword, in: [collections[place]], limit: 100)
                #expect(Set(try await library.find(all)) == Set(passages.keys))
                #expect(library.passageCount(in: collections[place]) == passages.count)
            }
            for (id, word) in model[place] ?? [:] where step.isMultiple(of: 4) {
                #expect(try await library.find(RetrievalQuery(word, mode: .keyword, in: collections, limit: 9)) == [id])
            }
        }
    }

    @Test func `a snapshot brings the same index back`() async throws {
        let library = try await filled(count: 60)
        let bytes = library.index.withRead { $0.snapshot() }
        let copy = try PassageIndex.load(bytes, model: madeUpModel, dimension: 8)
        library.index.withRead { index in
            #expect(copy.keys == index.keys)
            #expect(copy.slots == index.slots)
            #expect(Array(copy.live) == Array(index.live))
            #expect(copy.revision == index.revision)
            #expect(copy.count == index.count)
            for (scope, slots) in index.scopes { #expect(copy.scopes[scope].map(Array.init) == Array(slots)) }
            for (key, slots) in index.collections { #expect(copy.collections[key].map(Array.init) == Array(slots)) }
        }
        #expect(copy.snapshot().count == bytes.count)
    }

    @Test func `an empty index has a snapshot as well`() throws {
        let index = PassageIndex(model: nil, dimension: 8)
        #expect(try PassageIndex.load(index.snapshot(), model: nil, dimension: 8).count == 0)
    }

    @Test func `a snapshot of another model or dimension, cut off, longer or with one bit flipped is refused`()
        async throws
    {
        let library = try await filled(count: 25)
        let bytes = library.index.withRead { $0.snapshot() }
        func isRefused(_ bytes: [UInt8], model: String? = madeUpModel, dimension: Int = 8) -> Bool {
            do {
                _ = try PassageIndex.load(bytes, model: model, dimension: dimension)
                return false
            } catch {
                return true
            }
        }
        #expect(!isRefused(bytes))
        #expect(isRefused(bytes, model: "another"))
        #expect(isRefused(bytes, model: nil))
        #expect(isRefused(bytes, dimension: 16))
        #expect(isRefused(bytes + [0]))
        #expect(isRefused([]))
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<150 { #expect(isRefused(Array(bytes[..<generator.below(bytes.count)]))) }
        for _ in 0..<600 {
            var damaged = bytes
            let place = generator.below(bytes.count)
            damaged[place] ^= 1 << UInt8(generator.below(8))
            #expect(isRefused(damaged), "a bit of byte \(place) of \(bytes.count)")
        }
    }

    @Test func `a second index on the same file follows what the first one writes`() async throws {
        try await withTemporaryDirectory { directory in
            let first = try await openLibrary(.file(directory + "/test.db"))
            let notes = try await first.textCollection()
            let second = try await openLibrary(.file(directory + "/test.db"))
            _ = try await first.write([text("a", "alpha"), text("b", "beta")], to: notes, at: start)
            try await second.index.catchUp()
            #expect(try await second.disagreements() == [])
            #expect(try await second.find(RetrievalQuery("beta", mode: .keyword, in: [notes], limit: 5)) == ["b"])
            try await first.deletePassage("b", from: notes)
            _ = try await second.write([text("a", "gamma")], to: notes, at: start)
            try await first.index.catchUp()
            #expect(try await first.disagreements() == [])
            #expect(try await second.disagreements() == [])
            #expect(try await first.find(RetrievalQuery("alpha beta", mode: .keyword, in: [notes], limit: 5)) == [])
            #expect(try await first.find(RetrievalQuery("gamma", mode: .keyword, in: [notes], limit: 5)) == ["a"])
        }
    }

    @Test func `an index that the change log no longer reaches is built anew`() async throws {
        try await withTemporaryDirectory { directory in
            let first = try await openLibrary(.file(directory + "/test.db"))
            let notes = try await first.textCollection()
            _ = try await first.write([text("a", "alpha"), text("b", "beta")], to: notes, at: start)
            let second = try await openLibrary(.file(directory + "/test.db"))
            try await first.deletePassage("a", from: notes)
            for number in 0..<5 {
                _ = try await first.write([text("c\(number)", "gamma \(number)")], to: notes, at: start)
            }
            let last = first.index.revision
            try await first.database.transaction { try await PassageStore.trimChanges(before: last, on: $0) }
            try await second.index.catchUp()
            #expect(try await second.disagreements() == [])
            #expect(try await second.find(RetrievalQuery("alpha", mode: .keyword, in: [notes], limit: 5)) == [])
            #expect(second.index.revision == last)
        }
    }

    @Test(arguments: ["none", "new", "old", "damaged", "empty", "of another database"])
    func `after reopening index and tables agree, whatever the snapshot is worth`(snapshot: String) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/index"
            func open(_ name: String = "test.db") async throws -> PassageLibrary {
                try await openLibrary(.file(directory + "/" + name), model: madeUpModel) { $0.snapshotPath = path }
            }
            let library = try await open()
            let notes = try await library.textCollection()
            var generator = SeededGenerator(seed: 4)
            for number in 0..<20 {
                try await library.keep(text("p\(number)", "common w\(number)x"), generator.vector(8), in: notes)
            }
            if snapshot == "old" || snapshot == "damaged" { try await library.index.saveSnapshot() }
            try await library.deletePassage("p3", from: notes)
            try await library.keep(text("p4", "common changed"), generator.vector(8), in: notes)
            if snapshot == "new" { try await library.index.saveSnapshot() }
            if snapshot == "damaged" { truncate(path, 999) }
            if snapshot == "empty" { try AtomicFile.write([], to: path) }
            if snapshot == "of another database" {
                let other = try await open("other.db")
                let things = try await other.textCollection("things")
                for number in 0..<10 {
                    try await other.keep(text("x\(number)", "foreign"), generator.vector(8), in: things)
                }
                try await other.index.saveSnapshot()
            }
            let reopened = try await open()
            #expect(try await reopened.disagreements() == [])
            let query = RetrievalQuery("common foreign", mode: .keyword, in: [notes], limit: 100)
            #expect(Set(try await reopened.find(query)) == Set((0..<20).filter { $0 != 3 }.map { "p\($0)" }))
            #expect(try await reopened.find(RetrievalQuery("w4x", mode: .keyword, in: [notes], limit: 9)) == [])
        }
    }

    @Test func `many dead slots ask for a new index, which the service builds before it leaves a snapshot`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            let path = directory + "/index"
            let library = try await openLibrary(.file(directory + "/test.db")) { $0.snapshotPath = path }
            let notes = try await library.textCollection()
            for round in 0..<3 {
                _ = try await library.write((0..<400).map { text("p\($0)", "round \(round)") }, to: notes, at: start)
            }
            #expect(library.index.withRead { $0.needsRebuild })
            let service = Task { try await library.index.run() }
            try await eventually { library.index.withRead { !$0.needsRebuild } }
            #expect(try await library.disagreements() == [])
            #expect(library.index.withRead { $0.keys.count } == 400)
            service.cancel()
            _ = await service.result
            #expect(access(path, R_OK) == 0)
            let reopened = try await openLibrary(.file(directory + "/test.db")) { $0.snapshotPath = path }
            #expect(try await reopened.disagreements() == [])
        }
    }

    @Test func `what was deleted leaves the index a few passages at a time`() async throws {
        let library = try await openLibrary { $0.writeBatch = 4 }
        let notes = try await library.textCollection()
        _ = try await library.write((0..<30).map { text("p\($0)", "stable") }, to: notes, at: start)
        let (keys, revision) = library.index.withRead { (Array($0.slots.keys), $0.revision) }
        var removed: [Int] = []
        library.index.apply(Array(keys.dropLast()), [], upTo: revision + 1) { change in
            library.index.index.withWrite { index in
                let count = index.count
                change(&index)
                removed.append(count - index.count)
                #expect(index.revision == (removed.count == 9 ? revision + 1 : revision))
            }
        }
        #expect(removed == [4, 4, 4, 4, 4, 4, 4, 1, 0])
    }

    @Test func `a snapshot is taken while nothing follows the log, so that no change waits at the lock`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/index"
            let library = try await openLibrary { $0.snapshotPath = path }
            let saving = try await library.index.whileStill {
                let saving = Task { try await library.index.saveSnapshot() }
                try await eventually { library.index.order.waiting("") == 1 }
                #expect(access(path, R_OK) != 0)
                return saving
            }
            try await saving.value
            #expect(access(path, R_OK) == 0)
        }
    }

    @Test func `searches beside writes see whole passages only`() async throws {
        let library = try await openLibrary()
        let notes = try await library.textCollection()
        _ = try await library.write((0..<20).map { text("p\($0)", "stable") }, to: notes, at: start)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 0..<20 {
                    _ = try await library.write([text("moving", "moving \(round)")], to: notes, at: start)
                }
            }
            group.addTask {
                for _ in 0..<40 {
                    let query = RetrievalQuery("stable", mode: .keyword, in: [notes], limit: 50)
                    let found = try await library.find(query)
                    #expect(found.count == 20)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await library.disagreements() == [])
    }

    /// Passages in two scopes, some of them dead.
    private func filled(count: Int) async throws -> PassageLibrary {
        let library = try await openLibrary(model: madeUpModel)
        let notes = try await library.textCollection()
        let other = try await library.create(
            CollectionDraft(name: "other", kind: .text),
            for: try principal("acme/site"),
            at: start
        )
        var generator = SeededGenerator(seed: 5)
        for number in 0..<count {
            let metadata: JSONValue = ["page": .number(Double(number % 7)), "tags": ["x", .string("t\(number % 3)")]]
            try await library.keep(
                text("p\(number)", "common w\(number)x", metadata),
                generator.vector(8),
                in: number.isMultiple(of: 2) ? notes : other
            )
        }
        for number in stride(from: 0, to: count, by: 10) { try await library.deletePassage("p\(number)", from: notes) }
        return library
    }

    @Test func `a backup that was put back and has grown past the snapshot is not shown by it`() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory + "/test.db"
            func session(
                snapshot: String? = nil,
                _ body: (PassageLibrary, PassageCollection) async throws -> Void
            ) async throws {
                let library = try await openLibrary(.file(file)) { $0.snapshotPath = snapshot }
                let known = try await library.collections(for: .local).first { $0.name == "notes" }
                if let known {
                    try await body(library, known)
                } else {
                    try await body(library, try await library.textCollection())
                }
                await library.database.close()
            }
            func write(_ words: String, _ library: PassageLibrary, _ notes: PassageCollection) async throws {
                _ = try await library.write((0..<5).map { text("p\($0)", "\(words) w\($0)x") }, to: notes, at: start)
            }
            try await session { try await write("common", $0, $1) }
            let backup = try Data(contentsOf: URL(filePath: file))
            try await session(snapshot: directory + "/index") { library, notes in
                try await write("lost", library, notes)
                try await library.index.saveSnapshot()
            }
            try backup.write(to: URL(filePath: file))
            try await session { library, notes in
                try await write("kept", library, notes)
                _ = try await library.write((0..<5).map { text("q\($0)", "other") }, to: notes, at: start)
            }
            try await session(snapshot: directory + "/index") { library, notes in
                let lost = RetrievalQuery("lost", mode: .keyword, in: [notes], limit: 9)
                let kept = RetrievalQuery("kept", mode: .keyword, in: [notes], limit: 9)
                let found = (lost: try await library.find(lost), kept: try await library.find(kept))
                #expect(found.lost.isEmpty && found.kept.count == 5)
            }
        }
    }
}
