/// Terms and their numbers: term `i` is the i-th that was interned.
///
/// The text of all terms lies in one array; an open-addressed table (linear probing, at most two thirds full) finds a term
/// by its bytes. About 20 bytes per term beside its text.
struct TermDictionary: Sendable {
    private var text: [UInt8] = []
    private var ends: [UInt32] = []
    private var hashes: [UInt32] = []
    /// Number plus one, 0 where empty; a power of two long.
    private var table: [UInt32] = []

    var count: Int { ends.count }

    func bytes(of term: Int) -> ArraySlice<UInt8> {
        text[start(of: term)..<Int(ends[term])]
    }

    func string(of term: Int) -> String {
        String(decoding: bytes(of: term), as: UTF8.self)
    }

    func find(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard !table.isEmpty else { return nil }
        return probe(bytes, hash: UInt32(truncatingIfNeeded: TermHash.hash(bytes))).term
    }

    func find(_ term: String) -> Int? {
        var term = term
        return term.withUTF8 { find($0) }
    }

    /// The number of a term, a new one if it was not known.
    mutating func intern(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        if (count + 1) * 3 > table.count * 2 { grow() }
        let hash = UInt32(truncatingIfNeeded: TermHash.hash(bytes))
        let (term, slot) = probe(bytes, hash: hash)
        if let term { return term }
        text.append(contentsOf: bytes)
        ends.append(UInt32(text.count))
        hashes.append(hash)
        table[slot] = UInt32(count)
        return count - 1
    }

    func withBytes<Result>(of term: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        text.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[start(of: term)..<Int(ends[term])])) }
    }

    mutating func reserve(_ terms: Int) {
        ends.reserveCapacity(terms)
        hashes.reserveCapacity(terms)
        while terms * 3 > table.count * 2 { grow() }
    }

    private func start(of term: Int) -> Int { term == 0 ? 0 : Int(ends[term - 1]) }

    private func probe(_ bytes: UnsafeBufferPointer<UInt8>, hash: UInt32) -> (term: Int?, slot: Int) {
        let mask = table.count - 1
        var slot = Int(hash) & mask
        while table[slot] != 0 {
            let term = Int(table[slot]) - 1
            if hashes[term] == hash, withBytes(of: term, { $0.elementsEqual(bytes) }) { return (term, slot) }
            slot = (slot + 1) & mask
        }
        return (nil, slot)
    }

    private mutating func grow() {
        table = [UInt32](repeating: 0, count: max(table.count * 2, 64))
        let mask = table.count - 1
        for term in 0..<count {
            var slot = Int(hashes[term]) & mask
            while table[slot] != 0 { slot = (slot + 1) & mask }
            table[slot] = UInt32(term + 1)
        }
    }
}
