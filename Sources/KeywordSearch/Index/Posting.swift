/// "Term occurs in this slot, so often": the slot in the upper 24 bits, the weighted frequency (1…255) in the lower 8.
///
/// One word a posting keeps a list sortable and searchable as plain integers and halves what a search reads; 24 bits are
/// 16.7 million passages, more than fit in one process together with their vectors.
struct Posting: Sendable {
    let word: UInt32

    static let maximumSlot: UInt32 = 1 << 24 - 1

    init(word: UInt32) { self.word = word }

    init(slot: UInt32, frequency: UInt32) {
        word = slot << 8 | frequency
    }

    var slot: UInt32 { word >> 8 }
    var frequency: UInt32 { word & 0xFF }
}

/// The postings of one term, by ascending slot.
struct PostingList: Sendable {
    private(set) var postings: [Posting] = []

    init() {}

    /// `postings` ascend by slot.
    init(ascending postings: [Posting]) {
        self.postings = postings
    }

    var count: Int { postings.count }

    /// Constant time at the end, which is where new slots are; elsewhere it moves what follows.
    mutating func insert(_ posting: Posting) {
        guard let last = postings.last, last.slot >= posting.slot else { return postings.append(posting) }
        postings.insert(posting, at: index(of: posting.slot))
    }

    mutating func remove(slot: UInt32) {
        let index = index(of: slot)
        if index < count, postings[index].slot == slot { postings.remove(at: index) }
    }

    func posting(in slot: UInt32) -> Posting? {
        let index = index(of: slot)
        return index < count && postings[index].slot == slot ? postings[index] : nil
    }

    /// Of the first posting from `start` on that is not before `slot`.
    func index(of slot: UInt32, from start: Int = 0) -> Int {
        var (low, high) = (start, count)
        while low < high {
            let middle = (low + high) / 2
            if postings[middle].slot < slot { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
