/// Where a streamed answer goes, piece by piece.
package struct BodyWriter: Sendable {
    let exchange: Exchange

    /// Sends `bytes` soon, and returns at once while the client keeps up; else when it has caught up.
    ///
    /// - Throws: ``ConnectionClosed`` when the client is gone, `CancellationError` when the task was cancelled.
    package func write(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return try Task.checkCancellation() }
        try await exchange.write(bytes)
    }

    package func write(_ text: String) async throws {
        try await write(Array(text.utf8))
    }
}
