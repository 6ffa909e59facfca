import ContextCore

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

    /// Rows × queries until a long search lets others have the thread: about a third of a millisecond.
    package var productsPerSlice = 32_768

    /// Bytes of metadata until a filter that reads them does: about a millisecond.
    package var metadataBytesPerSlice = 65_536

    /// Rows × queries up to which a search is done where it was asked for; a longer one moves to the global pool.
    package var productsInPlace = 4_096

    /// Searches that share a pass over the rows.
    package var searchesPerPass = 32

    package init() {}
}

extension SessionVectorLimits {
    func check(_ row: VectorUpload.Row) throws(VectorFault) {
        let (id, metadata) = (row.id.text.utf8.count, row.metadata.utf8.count)
        guard metadata <= metadataBytes else { throw .metadataTooLarge(bytes: metadata, limit: metadataBytes) }
        guard id <= idBytes else { throw .idTooLong(bytes: id, limit: idBytes) }
    }
}
