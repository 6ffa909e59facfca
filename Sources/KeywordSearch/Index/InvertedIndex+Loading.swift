extension InvertedIndex {
    /// Reads what ``snapshot()`` wrote.
    ///
    /// Any other bytes throw; none make an index that a search or a change can trip over.
    package init(snapshot bytes: [UInt8], ranking: BM25 = BM25()) throws(SnapshotError) {
        self.init(ranking: ranking)
        let result = bytes.withUnsafeBytes { raw -> Result<InvertedIndex, SnapshotError> in
            var index = self
            do throws(SnapshotError) {
                try index.load(raw)
                return .success(index)
            } catch {
                return .failure(error)
            }
        }
        self = try result.get()
    }

    private mutating func load(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
        guard bytes.count >= Self.checkedOffset, bytes.starts(with: Self.magic) else { throw .notASnapshot }
        var reader = ByteReader(bytes)
        _ = reader.slice(Self.magic.count)
        let layout: UInt32 = reader.integer() ?? 0
        guard layout == Self.layoutVersion else { throw .unsupportedVersion(layout) }
        let analyzer: UInt32 = reader.integer() ?? 0
        guard analyzer == TextAnalyzer.version else { throw .otherAnalyzer(analyzer) }
        guard reader.integer(UInt64.self) == Self.checksum(bytes) else { throw .checksumMismatch }
        guard let slots: UInt32 = reader.integer(), let termCount: UInt32 = reader.integer(),
            Int(slots) <= min(reader.remaining, Int(Self.maximumSlot) + 1), Int(termCount) <= reader.remaining
        else { throw .malformed("counts that the bytes cannot hold") }
        try loadLengths(Int(slots), from: &reader)
        try loadTerms(Int(termCount), from: &reader)
        guard reader.remaining == 0 else { throw .malformed("\(reader.remaining) bytes too many") }
        loadTermLists()
    }

    private mutating func loadLengths(_ count: Int, from reader: inout ByteReader) throws(SnapshotError) {
        lengths.reserveCapacity(count)
        termLists = [TermList](repeating: TermList(), count: count)
        for slot in 0..<count {
            guard let length = reader.varint(), length <= Self.maximumLength + 1 else {
                throw .malformed("length of slot \(slot)")
            }
            lengths.append(length == 0 ? Self.noPassage : Float(length - 1))
            totalLength += length == 0 ? 0 : Int(length - 1)
            documentCount += length == 0 ? 0 : 1
        }
    }

    private mutating func loadTerms(_ count: Int, from reader: inout ByteReader) throws(SnapshotError) {
        terms.reserve(count)
        lists.reserveCapacity(count)
        for number in 0..<count {
            guard let size = reader.varint(), let text = reader.slice(Int(size)), terms.intern(text) == number else {
                throw .malformed("text of term \(number)")
            }
            guard let frequency = reader.varint(), frequency > 0, Int(frequency) <= documentCount,
                let list = loadList(Int(frequency), from: &reader)
            else { throw .malformed("postings of term \(number)") }
            lists.append(list)
        }
    }

    /// `nil` unless all postings are there, of slots that hold a passage.
    private func loadList(_ count: Int, from reader: inout ByteReader) -> PostingList? {
        var isValid = true
        let postings = [Posting](unsafeUninitializedCapacity: count) { postings, filled in
            var next: UInt32 = 0
            while filled < count {
                guard let code = reader.varint(), let frequency = code & 1 == 1 ? reader.byte() : 1, frequency > 0,
                    contains(next + code >> 1)
                else {
                    isValid = false
                    return
                }
                let posting = Posting(slot: next + code >> 1, frequency: UInt32(frequency))
                postings.initializeElement(at: filled, to: posting)
                filled += 1
                next = posting.slot + 1
            }
        }
        return isValid ? PostingList(ascending: postings) : nil
    }

    /// Turns the postings around: first the size of every passage's list, then all lists in one buffer, then each its own.
    private mutating func loadTermLists() {
        var ends = [Int](repeating: 0, count: lengths.count)
        forEachGap { slot, gap in ends[slot] += Varint.size(of: gap) }
        var starts = ends
        var total = 0
        for slot in ends.indices {
            starts[slot] = total
            total += ends[slot]
            ends[slot] = total
        }
        let gaps = [UInt8](unsafeUninitializedCapacity: total) { buffer, filled in
            var cursors = starts
            forEachGap { slot, gap in cursors[slot] += Varint.store(gap, in: buffer, at: cursors[slot]) }
            filled = total
        }
        for slot in ends.indices { termLists[slot] = TermList(gaps: Array(gaps[starts[slot]..<ends[slot]])) }
    }

    /// Every posting by ascending term, with its slot and the distance to the slot's previous term.
    private func forEachGap(_ body: (_ slot: Int, _ gap: UInt32) -> Void) {
        var previous = [UInt32](repeating: 0, count: lengths.count)
        for (term, list) in lists.enumerated() {
            for posting in list.postings {
                let slot = Int(posting.slot)
                body(slot, UInt32(term) - previous[slot])
                previous[slot] = UInt32(term)
            }
        }
    }
}
