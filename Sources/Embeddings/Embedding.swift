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
