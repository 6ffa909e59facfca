/// The terms of one passage, as deletion and explanation need them: ascending numbers as varint gaps, 1 to 2 bytes each.
struct TermList: Sendable {
    private let gaps: [UInt8]

    init(gaps: [UInt8] = []) {
        self.gaps = gaps
    }

    /// `terms` ascend.
    init(ascending terms: [UInt32]) {
        var gaps: [UInt8] = []
        gaps.reserveCapacity(terms.count * 2)
        var previous: UInt32 = 0
        for term in terms {
            Varint.append(term - previous, to: &gaps)
            previous = term
        }
        self.gaps = gaps
    }

    var terms: [Int] {
        gaps.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            var terms: [Int] = []
            var term = 0
            while let gap = reader.varint() {
                term += Int(gap)
                terms.append(term)
            }
            return terms
        }
    }
}
