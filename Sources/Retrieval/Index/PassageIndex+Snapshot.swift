import ContextCore
package import Embeddings
import FoundationEssentials
import KeywordSearch
import VectorSearch

/// The index as bytes, little endian:
///
///     8 bytes   "ROOSTIDX"
///     u32       version of this layout, 2
///     text      the model's id, empty without one
///     i64       revision: the last change of the database that is in it
///     table     keys by slot (i64, 0 where dead); per slot the number of its collection and of its scope (u32);
///               the collections' keys and the scopes' paths in the order of those numbers
///     facets    per path: its text, the number of values, per value canonical JSON and the slots (u32)
///     32 bytes  SHA-256 of all before it: one flipped bit of a key, a scope or a value would go unnoticed otherwise,
///               and show passages under the wrong filter
///     section   keywords, vectors: their own snapshots with their own checksums
///
/// A text or a list stands behind its length. That the parts belong together,
/// ``load(_:model:dimension:embedder:configuration:)`` checks slot by slot.
extension PassageIndex {
    private static let magic: UInt64 = 0x5844_4954_534F_4F52
    private static let version: UInt32 = 2

    package func snapshot() -> [UInt8] {
        var writer = SnapshotWriter()
        writer.write(Self.magic)
        writer.write(Self.version)
        writer.write(model ?? "")
        writer.write(revision)
        writer.write(keys)
        write(collections.map { ($0.key, $0.value) }, to: &writer) { $1.write($0) }
        write(scopes.map { ($0.key, $0.value) }, to: &writer) { $1.write($0.path) }
        facets.write(to: &writer)
        writer.writeDigest()
        writer.write(section: keywords.snapshot())
        var vectorBytes: [UInt8] = []
        vectors.writeSnapshot { vectorBytes.append(contentsOf: $0) }
        writer.write(section: vectorBytes)
        return writer.bytes
    }

    /// The number of a set for every slot, then what the numbers stand for.
    private func write<Name>(
        _ sets: [(name: Name, slots: Bitset)],
        to writer: inout SnapshotWriter,
        _ writeName: (Name, inout SnapshotWriter) -> Void
    ) {
        var numbers = [UInt32](repeating: 0, count: keys.count)
        for (number, set) in sets.enumerated() { for slot in set.slots { numbers[slot] = UInt32(number) } }
        writer.write(UInt32(sets.count))
        for set in sets { writeName(set.name, &writer) }
        writer.write(numbers)
    }

    /// - Throws: ``SnapshotReader/Damaged`` for anything but a whole snapshot of this version, model and dimension, also
    ///   when the two indexes in it are damaged: the caller builds anew.
    package static func load(
        _ bytes: [UInt8],
        model: String?,
        dimension: Int,
        embedder: CachedEmbedder? = nil,
        configuration: Configuration = Configuration()
    ) throws -> PassageIndex {
        var reader = SnapshotReader(bytes)
        guard try reader.read(UInt64.self) == magic, try reader.read(UInt32.self) == version,
            try reader.readText() == model ?? ""
        else { throw SnapshotReader.Damaged() }
        var index = PassageIndex(
            model: model,
            dimension: dimension,
            embedder: embedder,
            configuration: configuration
        )
        try index.readTable(&reader)
        index.keywords = try InvertedIndex(snapshot: try reader.readSection(), ranking: configuration.ranking)
        let vectorBytes = try reader.readSection()
        try vectorBytes.withUnsafeBytes { bytes in
            index.vectors = try VectorIndex(snapshot: bytes, dimension: dimension, configuration: configuration.vectors)
        }
        guard reader.isAtEnd else { throw SnapshotReader.Damaged() }
        try index.indexKeys()
        return index
    }

    private mutating func readTable(_ reader: inout SnapshotReader) throws(SnapshotReader.Damaged) {
        revision = try reader.read()
        keys = try reader.readNumbers()
        collections = try Self.readSets(&reader, count: keys.count) { reader throws(SnapshotReader.Damaged) in
            try reader.read(Int64.self)
        }
        scopes = try Self.readSets(&reader, count: keys.count) { reader throws(SnapshotReader.Damaged) in
            guard let scope = Scope(path: try reader.readText()) else { throw SnapshotReader.Damaged() }
            return scope
        }
        facets = try FacetIndex(from: &reader, slots: keys.count)
        try reader.readDigest()
    }

    /// Fills what follows from the keys, and checks that the table and the word index speak of the same slots.
    private mutating func indexKeys() throws(SnapshotReader.Damaged) {
        for (slot, key) in keys.enumerated() {
            let slot32 = UInt32(slot)
            guard keywords.contains(slot32) == (key != 0), key != 0 || !vectors.contains(slot) else {
                throw SnapshotReader.Damaged()
            }
            guard key != 0 else { continue }
            guard slots.updateValue(slot32, forKey: key) == nil else { throw SnapshotReader.Damaged() }
            live.insert(slot)
        }
    }

    private static func readSets<Name: Hashable>(
        _ reader: inout SnapshotReader,
        count: Int,
        _ readName: (inout SnapshotReader) throws(SnapshotReader.Damaged) -> Name
    ) throws(SnapshotReader.Damaged) -> [Name: Bitset] {
        var names: [Name] = []
        for _ in 0..<(try reader.read(UInt32.self)) { names.append(try readName(&reader)) }
        let numbers = try reader.readNumbers(UInt32.self)
        guard numbers.count == count, numbers.allSatisfy({ $0 < names.count }) else { throw SnapshotReader.Damaged() }
        var sets = [Bitset](repeating: Bitset(), count: names.count)
        for (slot, number) in numbers.enumerated() { sets[Int(number)].insert(slot) }
        return Dictionary(zip(names, sets)) { first, _ in first }
    }
}

extension FacetIndex {
    func write(to writer: inout SnapshotWriter) {
        writer.write(UInt32(paths.count))
        for (path, values) in paths {
            writer.write(path)
            writer.write(UInt32(values.count))
            for (value, slots) in values {
                writer.write(value.description)
                var list: [UInt32] = []
                slots.forEach { list.append($0) }
                writer.write(list)
            }
        }
    }

    init(from reader: inout SnapshotReader, slots count: Int) throws(SnapshotReader.Damaged) {
        self.init()
        for _ in 0..<(try reader.read(UInt32.self)) {
            let path = try reader.readText()
            for _ in 0..<(try reader.read(UInt32.self)) {
                let value = try Self.value(try reader.readText())
                for slot in try reader.readNumbers(UInt32.self) {
                    guard Int(slot) < count else { throw SnapshotReader.Damaged() }
                    insert(path, value, at: slot)
                }
            }
        }
    }

    /// Most values are plain strings, for which a JSON parser would cost most of the loading time.
    private static func value(_ text: String) throws(SnapshotReader.Damaged) -> JSONValue {
        let inner = text.utf8.dropFirst().dropLast()
        if text.hasPrefix("\""), text.hasSuffix("\""), text.utf8.count >= 2,
            !inner.contains(UInt8(ascii: "\\")), !inner.contains(UInt8(ascii: "\""))
        {
            return .string(String(text.dropFirst().dropLast()))
        }
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)) else {
            throw SnapshotReader.Damaged()
        }
        return value
    }
}
