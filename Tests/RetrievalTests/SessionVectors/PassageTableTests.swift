import ContextCore
import TestSupport
import Testing

@testable import Retrieval

@Suite struct PassageTableTests {
    /// Writes, overwrites and removals against a dictionary, with texts of all lengths so that the bytes are compacted.
    @Test(arguments: [1, 2, 3])
    func `it holds what a dictionary holds, whatever was written and removed`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var table = PassageTable()
        var truth: [ClientID: (slot: Int, metadata: String)] = [:]
        for step in 0..<6_000 {
            let id = generator.clientID(below: 500)
            if generator.below(step < 4_000 ? 3 : 1) == 0 {
                let slot = table.remove(id)
                #expect(slot == truth.removeValue(forKey: id)?.slot)
            } else {
                let metadata = String(repeating: "é", count: generator.below(100))
                let place = table.place(of: id)
                #expect(place.isNew == (truth[id] == nil))
                table.write(id, metadata, at: place)
                truth[id] = (place.slot, metadata)
            }
            guard step.isMultiple(of: 500) else { continue }
            let (count, slots) = (table.count, table.slots)
            #expect(count == truth.count)
            #expect(Set(truth.values.map(\.slot)).count == truth.count)
            #expect(slots <= 500)
            for (id, row) in truth {
                let (slot, found, metadata) = (table.slot(of: id), table.id(at: row.slot), table.metadata(at: row.slot))
                #expect(slot == row.slot && found == id && metadata == row.metadata)
            }
        }
    }

    @Test func `numbers and strings with the same digits, and the empty string, are ids of their own`() {
        var table = PassageTable()
        let ids: [ClientID] = [
            .number("1"), .string("1"), .number("1.0"), .string(""), .string("e\u{301}"), .string("\u{E9}"),
        ]
        for (number, id) in ids.enumerated() { table.write(id, "\(number)", at: table.place(of: id)) }
        for (number, id) in ids.enumerated() {
            let metadata = table.slot(of: id).map { table.metadata(at: $0) }
            #expect(metadata == "\(number)")
        }
    }

    @Test func `memory is foretold, and replacing for ever does not grow it`() {
        var table = PassageTable()
        var generator = SeededGenerator(seed: 4)
        for number in 0..<2_000 {
            let id = ClientID.string("chunk \(number)")
            let metadata = String(repeating: "m", count: generator.below(200))
            let foretold = table.memoryUse(adding: 1, bytes: id.text.utf8.count + metadata.utf8.count)
            table.write(id, metadata, at: table.place(of: id))
            let use = table.memoryUse
            #expect(use == foretold)
        }
        let full = table.memoryUse
        for round in 0..<20_000 {
            let id = ClientID.string("chunk \(round % 2_000)")
            table.write(id, String(repeating: "n", count: generator.below(200)), at: table.place(of: id))
        }
        let later = table.memoryUse
        #expect(later < 3 * full)
    }
}
