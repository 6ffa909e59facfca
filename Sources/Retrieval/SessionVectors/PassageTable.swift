import ContextCore
import VectorSearch

/// The ids and metadata of a session's vectors by slot, and the slot of an id.
///
/// Three blocks of memory and no object per passage: every byte can be counted, and all of it goes back to the system at
/// once.
///
/// | block | holds |
/// | --- | --- |
/// | entries | by slot, where its bytes lie, and the id's hash; free slots form a chain |
/// | bytes | id and metadata of each slot; what was replaced stays until ``compact()`` |
/// | buckets | slot + 1, 0 is empty: a hash table with linear probing (Knuth 6.4, algorithms L and R), half full at most |
///
/// The hash is seeded anew in every process, so ids can't be chosen to collide. Slots of removed ids are used again, so the
/// vectors beside this table need no more rows than there ever were ids at a time.
struct PassageTable: ~Copyable, Sendable {
    struct Entry: BitwiseCopyable {
        enum Kind: UInt8, BitwiseCopyable { case free, number, string }

        /// The first byte; of a free slot the next free one.
        var start = 0
        var idCount: UInt32 = 0
        var metadataCount: UInt32 = 0
        var hash: UInt32 = 0
        var kind = Kind.free

        var byteCount: Int { Int(idCount) + Int(metadataCount) }
    }

    /// Where an id is, or where it would go.
    struct Place {
        let slot: Int
        let isNew: Bool
        fileprivate let bucket: Int
        fileprivate let hash: UInt32
    }

    /// Garbage below this is not worth a walk.
    private static let compactionBytes = 65_536
    private static let noSlot = -1

    private(set) var count = 0
    /// One more than the highest slot ever in use.
    private(set) var slots = 0
    private var entries = AlignedBuffer<Entry>()
    private var bytes = AlignedBuffer<UInt8>()
    private var buckets = AlignedBuffer<UInt32>(count: 16)
    private var usedBytes = 0
    private var garbageBytes = 0
    private var firstFree = noSlot

    // MARK: Reading

    func id(at slot: Int) -> ClientID {
        let entry = entries[slot]
        let text = String(
            decoding: UnsafeBufferPointer(start: bytes.base + entry.start, count: Int(entry.idCount)),
            as: UTF8.self
        )
        return entry.kind == .number ? .number(text) : .string(text)
    }

    /// Lends the JSON text of a slot's metadata.
    func withMetadata<Result>(at slot: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let entry = entries[slot]
        let start = bytes.base + entry.start + Int(entry.idCount)
        return body(UnsafeBufferPointer(start: start, count: Int(entry.metadataCount)))
    }

    func metadata(at slot: Int) -> String {
        withMetadata(at: slot) { String(decoding: $0, as: UTF8.self) }
    }

    func slot(of id: ClientID) -> Int? {
        let place = place(of: id)
        return place.isNew ? nil : place.slot
    }

    /// Valid until the table changes.
    func place(of id: ClientID) -> Place {
        Self.withBytes(of: id) { kind, id in
            var hasher = Hasher()
            hasher.combine(kind)
            hasher.combine(bytes: UnsafeRawBufferPointer(id))
            let hash = UInt32(truncatingIfNeeded: hasher.finalize())
            var bucket = home(of: hash)
            while buckets[bucket] != 0 {
                let slot = Int(buckets[bucket]) - 1
                if holds(slot, kind, id, hash) { return Place(slot: slot, isNew: false, bucket: bucket, hash: hash) }
                bucket = next(bucket)
            }
            return Place(slot: firstFree == Self.noSlot ? slots : firstFree, isNew: true, bucket: bucket, hash: hash)
        }
    }

    // MARK: Writing

    /// Puts an id and its metadata where ``place(of:)`` said.
    mutating func write(_ id: ClientID, _ metadata: String, at place: Place) {
        var metadata = metadata
        if place.isNew { occupy(place) }
        metadata.withUTF8 { metadata in
            Self.withBytes(of: id) { kind, id in write(kind, id, metadata, place) }
        }
        if place.isNew { growBuckets(for: count) }
    }

    /// The slot that the id had.
    mutating func remove(_ id: ClientID) -> Int? {
        let place = place(of: id)
        guard !place.isNew else { return nil }
        empty(place.bucket)
        garbageBytes += entries[place.slot].byteCount
        entries[place.slot] = Entry(start: firstFree)
        firstFree = place.slot
        count -= 1
        compactIfWorthwhile()
        return place.slot
    }

    // MARK: Memory

    /// Makes room, so that writing moves nothing.
    mutating func reserve(adding more: Int, bytes text: Int) {
        entries.reserve(slots(adding: more))
        bytes.reserve(usedBytes + text)
        growBuckets(for: count + more)
    }

    /// Slots in use or free when `more` new ids have come.
    func slots(adding more: Int) -> Int { max(slots, count + more) }

    var memoryUse: Int { memoryUse(adding: 0, bytes: 0) }

    /// Bytes that the table will hold with `more` new ids and `text` bytes of ids and metadata.
    func memoryUse(adding more: Int, bytes text: Int) -> Int {
        entries.grown(toHold: slots(adding: more)) * MemoryLayout<Entry>.stride + bytes.grown(toHold: usedBytes + text)
            + bucketCount(for: count + more) * MemoryLayout<UInt32>.stride
    }
}

// MARK: - The bytes

extension PassageTable {
    private static func withBytes<Result>(
        of id: ClientID,
        _ body: (Entry.Kind, UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        var text = id.text
        return text.withUTF8 { body(id.isNumber ? .number : .string, $0) }
    }

    private mutating func occupy(_ place: Place) {
        if place.slot == slots {
            slots += 1
            entries.reserve(slots)
        } else {
            firstFree = entries[place.slot].start
        }
        entries[place.slot] = Entry(hash: place.hash)
        buckets[place.bucket] = UInt32(place.slot + 1)
        count += 1
    }

    /// Overwrites what the slot had where the new text fits in.
    private mutating func write(
        _ kind: Entry.Kind,
        _ id: UnsafeBufferPointer<UInt8>,
        _ metadata: UnsafeBufferPointer<UInt8>,
        _ place: Place
    ) {
        var entry = entries[place.slot]
        let needed = id.count + metadata.count
        if needed > entry.byteCount {
            bytes.reserve(usedBytes + needed)
            garbageBytes += entry.byteCount
            entry.start = usedBytes
            usedBytes += needed
        } else {
            garbageBytes += entry.byteCount - needed
        }
        entry.idCount = UInt32(id.count)
        entry.metadataCount = UInt32(metadata.count)
        entry.kind = kind
        entries[place.slot] = entry
        let target = UnsafeMutableBufferPointer(start: bytes.base + entry.start, count: needed)
        let end = target.update(fromContentsOf: id)
        _ = target[end...].update(fromContentsOf: metadata)
        compactIfWorthwhile()
    }

    private mutating func compactIfWorthwhile() {
        if garbageBytes > Self.compactionBytes, garbageBytes > usedBytes / 2 { compact() }
    }

    private mutating func compact() {
        let compacted = AlignedBuffer<UInt8>(count: usedBytes - garbageBytes)
        var end = 0
        for slot in 0..<slots where entries[slot].kind != .free {
            let entry = entries[slot]
            (compacted.base + end).update(from: bytes.base + entry.start, count: entry.byteCount)
            entries[slot].start = end
            end += entry.byteCount
        }
        bytes = compacted
        usedBytes = end
        garbageBytes = 0
    }
}

// MARK: - The hash table

extension PassageTable {
    private func home(of hash: UInt32) -> Int { Int(hash) & (buckets.count - 1) }

    private func next(_ bucket: Int) -> Int { (bucket + 1) & (buckets.count - 1) }

    private func holds(_ slot: Int, _ kind: Entry.Kind, _ id: UnsafeBufferPointer<UInt8>, _ hash: UInt32) -> Bool {
        let entry = entries[slot]
        guard entry.hash == hash, entry.kind == kind, entry.idCount == id.count else { return false }
        return UnsafeBufferPointer(start: bytes.base + entry.start, count: id.count).elementsEqual(id)
    }

    private func bucketCount(for ids: Int) -> Int {
        var needed = buckets.count
        while needed < 2 * ids { needed *= 2 }
        return needed
    }

    private mutating func growBuckets(for ids: Int) {
        let needed = bucketCount(for: ids)
        guard needed > buckets.count else { return }
        buckets = AlignedBuffer(count: needed)
        for slot in 0..<slots where entries[slot].kind != .free {
            var bucket = home(of: entries[slot].hash)
            while buckets[bucket] != 0 { bucket = next(bucket) }
            buckets[bucket] = UInt32(slot + 1)
        }
    }

    /// Empties a bucket and moves those up that had to go past it.
    private mutating func empty(_ bucket: Int) {
        var hole = bucket
        var candidate = next(hole)
        while buckets[candidate] != 0 {
            let home = home(of: entries[Int(buckets[candidate]) - 1].hash)
            // It may move unless its home lies cyclically in (hole, candidate].
            let isPast = hole <= candidate ? home <= hole || home > candidate : home <= hole && home > candidate
            if isPast {
                buckets[hole] = buckets[candidate]
                hole = candidate
            }
            candidate = next(candidate)
        }
        buckets[hole] = 0
    }
}
