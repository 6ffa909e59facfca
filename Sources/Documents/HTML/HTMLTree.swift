import CXML2

/// A parsed HTML page.
///
/// libxml2's nodes live as long as this object; ``HTMLNode`` lends them.
///
/// The parser is told to be silent, to stay off the network and to repair. Its tree may be as deep as the page; what
/// walks over it recurses, and closing tags search the open ones, so a handler before libxml2's own stops the parser
/// at a depth that no honest page reaches.
final class HTMLTree {
    private let document: htmlDocPtr?

    private static let initialized: Void = xmlInitParser()

    init(_ bytes: ArraySlice<UInt8>, encoding: String?, nesting: Int) throws(DocumentError) {
        _ = Self.initialized
        guard let context = htmlNewParserCtxt() else {
            throw .toolFailed(tool: "libxml2", reason: "no memory")
        }
        defer { htmlFreeParserCtxt(context) }
        context.pointee.sax.pointee.startElement = Self.startElement
        var state = Depth(limit: Int32(clamping: nesting))
        let options = Int32(
            HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
                | HTML_PARSE_NONET.rawValue | HTML_PARSE_COMPACT.rawValue
        )
        document = withUnsafeMutablePointer(to: &state) { state in
            context.pointee._private = UnsafeMutableRawPointer(state)
            return bytes.withUnsafeBytes { buffer in
                let text = buffer.bindMemory(to: CChar.self).baseAddress
                return htmlCtxtReadMemory(context, text, Int32(clamping: buffer.count), nil, encoding, options)
            }
        }
        // All properties are set, so throwing runs the deinit.
        guard !state.isExceeded else { throw .tooLarge(.nesting, value: nesting + 1, limit: nesting) }
    }

    deinit { xmlFreeDoc(document) }

    /// `nil` for an empty page.
    var root: HTMLNode? { document.flatMap { xmlDocGetRootElement($0) }.map { HTMLNode(pointer: $0) } }

    private struct Depth {
        let limit: Int32
        var isExceeded = false
    }

    /// libxml2's own handler, after a look at how many elements are open.
    private static let startElement: startElementSAXFunc = { context, name, attributes in
        guard let context else { return }
        let parser = context.assumingMemoryBound(to: htmlParserCtxt.self)
        if let depth = parser.pointee._private?.assumingMemoryBound(to: Depth.self),
            max(parser.pointee.nodeNr, parser.pointee.nameNr) > depth.pointee.limit
        {
            depth.pointee.isExceeded = true
            xmlStopParser(parser)
        }
        xmlSAX2StartElement(context, name, attributes)
    }
}

/// A node of an ``HTMLTree``, valid while the tree lives.
struct HTMLNode {
    fileprivate let pointer: UnsafeMutablePointer<xmlNode>

    /// In lower case; `nil` for what is no element.
    var element: String? {
        guard pointer.pointee.type == XML_ELEMENT_NODE, let name = pointer.pointee.name else { return nil }
        return String(cString: name).lowercased()
    }

    /// Of a text node or a CDATA section.
    var text: String? {
        switch pointer.pointee.type {
        case XML_TEXT_NODE, XML_CDATA_SECTION_NODE: pointer.pointee.content.map { String(cString: $0) }
        default: nil
        }
    }

    /// Counted from 1; `nil` where libxml2 can no longer count, after 65,534.
    var line: Int? {
        let line = Int(pointer.pointee.line)
        return (1..<Int(UInt16.max)).contains(line) ? line : nil
    }

    var children: some Sequence<HTMLNode> {
        sequence(first: pointer.pointee.children) { $0?.pointee.next }
            .lazy.prefix { $0 != nil }.compactMap { $0 }.map { HTMLNode(pointer: $0) }
    }

    /// The value of an attribute, with entities resolved by the parser.
    func attribute(_ name: String) -> String? {
        var attribute = pointer.pointee.type == XML_ELEMENT_NODE ? pointer.pointee.properties : nil
        while let current = attribute {
            if let known = current.pointee.name, String(cString: known) == name {
                return current.pointee.children?.pointee.content.map { String(cString: $0) }
            }
            attribute = current.pointee.next
        }
        return nil
    }
}
