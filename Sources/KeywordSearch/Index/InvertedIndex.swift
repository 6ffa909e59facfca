/// Which passages hold which terms, ranked by BM25; every change is searchable at once.
///
/// Passages are **slots**, positions in a table that the owner shares with other indexes; they should be dense, since
/// memory is proportional to the highest. Statistics (document frequency, count, average length) are those of the slots
/// that are set: a removal takes a passage's postings out instead of marking them.
///
/// A posting costs 4 bytes in its term's list and 1 to 2 in the passage's list of terms, up to twice that right after
/// insertions, since arrays grow by doubling; a term costs about 90 bytes more, a slot about 50.
///
/// A value without a lock: searches may run in parallel, changes are the owner's to exclude.
package struct InvertedIndex: Sendable {
    /// Slots are 24 bits wide.
    package static let maximumSlot = Posting.maximumSlot

    package var ranking: BM25

    var terms = TermDictionary()
    /// By term.
    var lists: [PostingList] = []
    /// By slot: the passage's length in words, below 0 where there is none.
    var lengths: [Float] = []
    /// By slot.
    var termLists: [TermList] = []
    var totalLength = 0
    private var unusedTerms = 0

    package internal(set) var documentCount = 0

    package init(ranking: BM25 = BM25()) {
        self.ranking = ranking
    }

    /// Lengths are stored as `Float`, which counts exactly to here.
    static let maximumLength = 1 << 24

    static let noPassage: Float = -1

    package func contains(_ slot: UInt32) -> Bool {
        slot < lengths.count && lengths[Int(slot)] >= 0
    }

    /// Puts a passage into a slot, in place of whatever was there.
    ///
    /// Throws ``InvertedIndexError/slotOutOfRange(_:)`` past ``maximumSlot``.
    package mutating func set(_ slot: UInt32, _ text: AnalyzedText) throws(InvertedIndexError) {
        guard slot <= Self.maximumSlot else { throw .slotOutOfRange(slot) }
        remove(slot)
        makeRoom(for: Int(slot))
        let length = min(text.length, Self.maximumLength)
        lengths[Int(slot)] = Float(length)
        totalLength += length
        documentCount += 1
        termLists[Int(slot)] = TermList(ascending: insert(text, at: slot).sorted())
    }

    package mutating func remove(_ slot: UInt32) {
        guard contains(slot) else { return }
        for term in termLists[Int(slot)].terms {
            lists[term].remove(slot: slot)
            if lists[term].count == 0 { unusedTerms += 1 }
        }
        totalLength -= Int(lengths[Int(slot)])
        documentCount -= 1
        lengths[Int(slot)] = Self.noPassage
        termLists[Int(slot)] = TermList()
        dropUnusedTermsIfMany()
    }

    private mutating func insert(_ text: AnalyzedText, at slot: UInt32) -> [UInt32] {
        (0..<text.termCount).map { number in
            let term = text.terms.withBytes(of: number) { terms.intern($0) }
            if term == lists.count {
                lists.append(PostingList())
            } else if lists[term].count == 0 {
                unusedTerms -= 1
            }
            lists[term].insert(Posting(slot: slot, frequency: UInt32(text.frequencies[number])))
            return UInt32(term)
        }
    }

    private mutating func makeRoom(for slot: Int) {
        let missing = slot + 1 - lengths.count
        guard missing > 0 else { return }
        lengths.append(contentsOf: repeatElement(Self.noPassage, count: missing))
        termLists.append(contentsOf: repeatElement(TermList(), count: missing))
    }

    /// Forgets terms that no passage holds, once they are the majority: amortized over the removals that made them so.
    private mutating func dropUnusedTermsIfMany() {
        guard unusedTerms > 4096, unusedTerms > lists.count / 2 else { return }
        var kept = TermDictionary()
        var numbers = [UInt32](repeating: 0, count: lists.count)
        for term in lists.indices where lists[term].count > 0 {
            numbers[term] = UInt32(terms.withBytes(of: term) { kept.intern($0) })
        }
        for slot in termLists.indices {
            termLists[slot] = TermList(ascending: termLists[slot].terms.map { numbers[$0] })
        }
        terms = kept
        lists.removeAll { $0.count == 0 }
        unusedTerms = 0
    }
}

package enum InvertedIndexError: Error, Equatable {
    /// A slot past ``InvertedIndex/maximumSlot``.
    case slotOutOfRange(UInt32)
}
