import ContextCore
import TestSupport
import Testing
import VectorSearch

@testable import Retrieval

@Suite struct FacetIndexTests {
    private static let paths = ["a", "b", "a.b", "a.b.c", "list", "list.x", "", ".a", "a.", "nowhere"]
    private static let values: [JSONValue] = [
        .null, true, false, 0, 1, 2.5, -3, "", "red", "green", "10", "2026-01-05", ["red", 1], [], ["b": 1], [:],
    ]

    private static func metadata(_ generator: inout SeededGenerator) -> JSONValue {
        func value(_ depth: Int, _ generator: inout SeededGenerator) -> JSONValue {
            switch generator.below(depth > 0 ? 4 : 1) {
            case 1: return .array((0..<generator.below(4)).map { _ in value(depth - 1, &generator) })
            case 2: return object(depth - 1, &generator)
            default: return generator.pick(values)
            }
        }
        func object(_ depth: Int, _ generator: inout SeededGenerator) -> JSONValue {
            var members: [String: JSONValue] = [:]
            for _ in 0..<generator.below(4) {
                members[generator.pick(["a", "b", "c", "a.b", "b.c", "list", "x", ""])] = value(depth, &generator)
            }
            return .object(members)
        }
        return object(3, &generator)
    }

    private static func filter(_ depth: Int, _ generator: inout SeededGenerator) -> JSONValue {
        switch generator.below(depth > 0 ? 8 : 5) {
        case 5: return ["$not": filter(depth - 1, &generator)]
        case 6: return ["$or": .array((0..<generator.below(4)).map { _ in filter(depth - 1, &generator) })]
        case 7: return ["$and": .array((0..<generator.below(3)).map { _ in filter(depth - 1, &generator) })]
        default: return .object([generator.pick(paths): condition(&generator)])
        }
    }

    private static func condition(_ generator: inout SeededGenerator) -> JSONValue {
        let value = generator.pick(values)
        switch generator.below(8) {
        case 0: return ["$eq": value]
        case 1: return ["$ne": value]
        case 2: return ["$in": [value, generator.pick(values)]]
        case 3: return ["$nin": [value, generator.pick(values)]]
        case 4: return ["$exists": .bool(Bool.random(using: &generator))]
        case 5: return ["$not": ["$gte": 1, "$lt": 3]]
        case 6:
            return .object([generator.pick(["$gt", "$gte", "$lt", "$lte"]): generator.pick([1, 0.5, "green", "2026"])])
        default: return value
        }
    }

    @Test func `for random metadata and filters the index selects exactly what matches`() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<60 {
            var index = FacetIndex()
            let rows = (0..<40).map { _ in Self.metadata(&generator) }
            for (slot, row) in rows.enumerated() { index.insert(row, at: UInt32(slot)) }
            let universe = Bitset(rows.indices.filter { _ in generator.below(4) > 0 })
            for _ in 0..<40 {
                let json = Self.filter(3, &generator)
                guard let filter = try MetadataFilter(json) else { continue }
                let expected = rows.indices.filter { universe.contains($0) && filter.matches(rows[$0]) }
                let found = Array(index.slots(matching: filter, in: universe))
                #expect(found == expected, "\(json)")
            }
        }
    }

    @Test func `a snapshot brings back every path, value and slot`() throws {
        var generator = SeededGenerator(seed: 2)
        var index = FacetIndex()
        let odd = ["\"", "\\", "a\"b", "\u{301}mark first", "prepend last\u{600}", "\u{0}", "e\u{301}", "", "\n"]
        for slot in 0..<200 {
            let metadata = Self.metadata(&generator).merging(["odd": .string(generator.pick(odd))])
            index.insert(metadata, at: UInt32(slot))
        }
        var writer = SnapshotWriter()
        index.write(to: &writer)
        var reader = SnapshotReader(writer.bytes)
        let read = try FacetIndex(from: &reader, slots: 200)
        #expect(reader.isAtEnd)
        #expect(Set(read.paths.keys) == Set(index.paths.keys))
        for (path, values) in index.paths {
            for (value, slots) in values {
                var (left, right): ([UInt32], [UInt32]) = ([], [])
                slots.forEach { left.append($0) }
                read.paths[path]?[value]?.forEach { right.append($0) }
                #expect(left == right, "\(path) \(value)")
            }
        }
    }

    @Test func `a slot beyond the table is damage`() {
        var index = FacetIndex()
        index.insert(["a": 1], at: 5)
        var writer = SnapshotWriter()
        index.write(to: &writer)
        #expect(throws: SnapshotReader.Damaged.self) {
            var reader = SnapshotReader(writer.bytes)
            _ = try FacetIndex(from: &reader, slots: 5)
        }
    }

    @Test func `facets count the living, commonest first, scalars only`() {
        var index = FacetIndex()
        for slot in 0..<6 {
            index.insert(
                ["color": slot < 4 ? "red" : "blue", "tags": ["x", "y"], "deep": ["only": .number(Double(slot))]],
                at: UInt32(slot)
            )
        }
        let facets = index.facets(in: Bitset([0, 1, 4]), paths: 3, values: 1)
        #expect(facets.map(\.path) == ["color", "deep.only", "tags"])
        #expect(facets.allSatisfy { $0.values.count == 1 && $0.passages == 3 })
        let color = index.facets(in: Bitset([0, 1, 4]), paths: 9, values: 9).first { $0.path == "color" }
        #expect(color?.values.map(\.value) == ["red", "blue"])
        #expect(color?.values.map(\.passages) == [2, 1])
        #expect(!index.facets(in: Bitset([0]), paths: 9, values: 9).contains { $0.path == "deep" })
    }
}
