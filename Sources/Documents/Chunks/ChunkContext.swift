/// The heading path as the line that goes in front of a chunk.
struct ChunkContext {
    let path: [String]
    let line: String
    let tokens: Int

    static let separator = " › "

    /// Leaves out outer headings until the line takes at most `share` of a chunk; if the innermost alone is too long,
    /// it is left out too.
    ///
    /// The whole path stays in ``Chunk/headingPath``. What cannot fit for its bytes alone is not joined, so that this costs no more
    /// than a chunk does, whatever the headings.
    init(_ path: [String], share: Double, of chunker: Chunker) {
        self.path = path
        let room = Int(Double(chunker.maximumTokens) * share)
        var bytes = path.reduce(0) { $0 + $1.utf8.count }
        for start in path.indices {
            defer { bytes -= path[start].utf8.count }
            guard bytes <= room * chunker.bytesPerToken else { continue }
            let line = path[start...].joined(separator: Self.separator)
            let tokens = chunker.tokens(of: line)
            if tokens <= room {
                self.line = line
                self.tokens = tokens
                return
            }
        }
        line = ""
        tokens = 0
    }
}
