/// What one session may upload and ask, and what all of them together may hold.
package struct SessionVectorLimits: Sendable {
    package var vectorsPerSession = 100_000
    package var vectorsPerMessage = 1_000

    /// UTF-8 bytes of one vector's metadata as minified JSON.
    package var metadataBytes = 10_240

    /// UTF-8 bytes of one vector's id; ids are kept, compared and hashed.
    package var idBytes = 1_024

    /// Bytes that the vectors, ids and metadata of all sessions may hold; 4 GB are two million vectors of 384 numbers.
    package var memoryBytes = 4 << 30

    /// How many results a search may ask for.
    package var neighbours = 1...100

    package init() {}
}
