import KeywordSearch
import TestSupport
import Testing

@Suite struct MinHashSignatureTests {
    private func jaccard(_ a: [String], _ b: [String]) -> Float {
        let shingles = { (words: [String]) in
            Set(words.indices.dropLast(2).map { words[$0..<$0 + 3].joined(separator: " ") })
        }
        let (first, second) = (shingles(a), shingles(b))
        return Float(first.intersection(second).count) / Float(first.union(second).count)
    }

    @Test(arguments: [0, 2, 10, 40, 200])
    func `the estimate is near the Jaccard similarity of the shingles`(edits: Int) {
        var random = SeededGenerator(seed: UInt64(edits))
        var (error, trials): (Float, Float) = (0, 40)
        for _ in 0..<Int(trials) {
            let words = (0..<200).map { _ in "w\(Int.random(in: 0..<5000, using: &random))" }
            var other = words
            for _ in 0..<edits { other[Int.random(in: 0..<200, using: &random)] = "x\(random.next() % 5000)" }
            let estimate = MinHashSignature(of: words.joined(separator: " "))
                .estimatedJaccard(MinHashSignature(of: other.joined(separator: ", ")))
            #expect(abs(estimate - jaccard(words, other)) < 0.3)
            error += estimate - jaccard(words, other)
        }
        #expect(abs(error / trials) < 0.05)
    }

    @Test func `case, accents and punctuation make no difference, other words do`() {
        let text = MinHashSignature(of: "The café's opening hours are nine to five.")
        #expect(text.estimatedJaccard(MinHashSignature(of: "the CAFE’S opening hours are: nine to five")) == 1)
        #expect(text.estimatedJaccard(MinHashSignature(of: "A wing in a slipstream has more lift than one")) < 0.1)
    }

    @Test(arguments: ["", "yes", "yes please", "中文", "one two three"])
    func `short texts resemble themselves, and nothing resembles an empty one`(text: String) {
        let signature = MinHashSignature(of: text)
        #expect(signature.estimatedJaccard(MinHashSignature(of: text)) == (text.isEmpty ? 0 : 1))
        #expect(signature.estimatedJaccard(MinHashSignature(of: "no thanks")) < 0.2)
        #expect(MinHashSignature(bytes: signature.bytes) == signature)
        #expect(MinHashSignature(bytes: Array(signature.bytes.dropLast())) == nil)
    }

    /// One shingle fills one bin; 500 words fill each of the 64 as the only one.
    @Test func `a single filled bin lends to all the others`() {
        let other = MinHashSignature(of: "another")
        for word in 0..<500 {
            let signature = MinHashSignature(of: "word\(word)")
            #expect(!signature.isEmpty)
            #expect(signature.estimatedJaccard(signature) == 1)
            #expect(signature.estimatedJaccard(other) < 0.2)
        }
    }
}
