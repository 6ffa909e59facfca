/// Why a file did not become a document.
///
/// The description is a sentence for whoever sent the file.
package enum DocumentError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What of a document can be too large, named after the field of ``DocumentLimits`` that bounds it.
    package enum Quantity: String, Hashable, Sendable {
        case inputBytes = "bytes of input"
        case decompressedBytes = "bytes after decompression"
        case decompressionRatio = "bytes out of one compressed byte"
        case textBytes = "bytes of text"
        case nesting = "levels of nesting"
        case attributes = "attributes of one element"
        case blocks = "lines and list markers of Markdown"
        case sections, chunks, pages
        case childSeconds = "seconds of reading"
        case childProcessorSeconds = "seconds of processor time"
        case childMemoryBytes = "bytes of memory"
    }

    case notText(name: String, reason: String)
    case tooLarge(Quantity, value: Int, limit: Int)
    case malformed(format: String, line: Int?, reason: String)
    case encrypted(name: String)
    case toolMissing(tool: String, package: String)
    case toolFailed(tool: String, reason: String)
    case unreadable(path: String, reason: String)

    package var description: String {
        switch self {
        case .notText(let name, let reason):
            "“\(name)” is not a text document: \(reason). Send text, or convert it first."
        case .tooLarge(let quantity, let value, let limit):
            "The document has \(value) \(quantity.rawValue), the limit is \(limit). Split it, or raise the limit."
        case .malformed(let format, let line, let reason):
            "This is not valid \(format)\(line.map { " (line \($0))" } ?? ""): \(reason)."
        case .encrypted(let name):
            "“\(name)” is encrypted. Send it without a password."
        case .toolMissing(let tool, let package):
            "Reading this needs the program \(tool), which is not installed: apt-get install \(package)."
        case .toolFailed(let tool, let reason):
            "\(tool) could not read the file: \(reason)."
        case .unreadable(let path, let reason):
            "“\(path)” could not be read: \(reason)."
        }
    }
}
