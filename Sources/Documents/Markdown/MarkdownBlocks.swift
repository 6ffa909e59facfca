import CMark

/// The top-level blocks of a CommonMark text, by libcmark.
enum MarkdownBlocks {
    enum Kind: Hashable {
        case heading(level: Int)
        case code(language: String?)
        case paragraph
        case thematicBreak
        /// Lists, block quotes and HTML.
        case other
    }

    struct Block: Hashable {
        let kind: Kind
        /// The first line, counted from 0.
        let line: Int

        func moved(by lines: Int) -> Block { Block(kind: kind, line: line + lines) }
    }

    static func parse(_ bytes: [UInt8]) -> [Block] {
        let root = bytes.withUnsafeBytes { buffer in
            cmark_parse_document(buffer.bindMemory(to: CChar.self).baseAddress, buffer.count, CMARK_OPT_DEFAULT)
        }
        guard let root else { return [] }
        defer { cmark_node_free(root) }
        var blocks: [Block] = []
        var node = cmark_node_first_child(root)
        while let current = node {
            blocks.append(Block(kind: kind(of: current), line: max(0, Int(cmark_node_get_start_line(current)) - 1)))
            node = cmark_node_next(current)
        }
        return blocks
    }

    private static func kind(of node: OpaquePointer) -> Kind {
        switch cmark_node_get_type(node) {
        case CMARK_NODE_HEADING: .heading(level: Int(cmark_node_get_heading_level(node)))
        case CMARK_NODE_CODE_BLOCK: .code(language: language(of: node))
        case CMARK_NODE_PARAGRAPH: .paragraph
        case CMARK_NODE_THEMATIC_BREAK: .thematicBreak
        default: .other
        }
    }

    /// The first word of the fence's info string.
    private static func language(of node: OpaquePointer) -> String? {
        guard let info = cmark_node_get_fence_info(node) else { return nil }
        let word = String(cString: info).prefix { $0 != " " && $0 != "," && $0 != "{" }
        return word.isEmpty ? nil : word.lowercased()
    }
}
