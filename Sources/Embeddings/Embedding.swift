/// What a text means, as a direction: a vector of Euclidean length one.
///
/// The dot product of two is their cosine.
package struct Embedding: Sendable, Equatable {
    package var vector: [Float]

    /// Word pieces of the whole text, without special tokens.
    package var tokenCount: Int

    /// How many windows of the model the text filled; with more than one the vector is the mean of theirs.
    package var windows: Int

    package init(vector: [Float], tokenCount: Int, windows: Int) {
        self.vector = vector
        self.tokenCount = tokenCount
        self.windows = windows
    }
}

extension Embedding {
    /// The direction of the sum of unit vectors that stand one after the other, which is that of their mean.
    package static func mean(of vectors: ArraySlice<Float>, dimensions: Int) -> [Float] {
        var sum = [Float](repeating: 0, count: dimensions)
        for start in stride(from: vectors.startIndex, to: vectors.endIndex, by: dimensions) {
            for index in 0..<dimensions { sum[index] += vectors[start + index] }
        }
        return direction(of: sum) ?? sum
    }

    /// The vector at length one; `nil` for one without a direction, or with a number that is not finite.
    package static func direction(of vector: [Float]) -> [Float]? {
        let length = vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        guard length > 0, length.isFinite else { return nil }
        return vector.map { Float(Double($0) / length) }
    }
}
