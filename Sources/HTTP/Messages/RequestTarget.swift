/// What a request line asks for: a path and a query, both as they were sent.
///
/// They are taken apart by bytes, as others on the way do: a `/` and a combining mark behind it are one character to Swift.
package struct RequestTarget: Sendable, Equatable {
    /// Begins with `/`, or is `*`; still percent-encoded.
    package let path: String
    /// What follows the first `?`; `nil` when there is none.
    package let query: String?

    /// Takes origin-form and absolute-form (RFC 9112 section 3.2), of which only path and query count.
    package init(_ target: String) {
        var rest = target[...]
        if !rest.utf8.starts(with: "/".utf8), let scheme = rest.range(ofAuthorityMark: "://") {
            let authority = rest[scheme...]
            rest = authority.utf8.firstIndex { $0 == 0x2F || $0 == 0x3F }.map { authority[$0...] } ?? ""
            if rest.utf8.first != 0x2F { rest = "/" + rest }
        }
        if let fragment = rest.utf8.firstIndex(of: 0x23) { rest = rest[..<fragment] }
        if let mark = rest.utf8.firstIndex(of: 0x3F) {
            path = String(rest[..<mark])
            query = String(rest[rest.index(after: mark)...])
        } else {
            path = String(rest)
            query = nil
        }
    }

    /// The path's segments, decoded one by one after splitting, so that `%2F` stays within its segment.
    ///
    /// Dots are not resolved: `..` is a segment like any other, which no route has. `nil` when one can't be decoded.
    package var segments: [String]? {
        var segments: [String] = []
        for segment in path.utf8.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false) {
            guard let decoded = PercentEncoding.decode(Substring(segment)) else { return nil }
            segments.append(decoded)
        }
        return segments
    }

    /// Names and values of an `application/x-www-form-urlencoded` query, in order; `nil` when one can't be decoded.
    package var queryItems: [(name: String, value: String)]? {
        guard let query else { return [] }
        var items: [(name: String, value: String)] = []
        for pair in query.utf8.split(separator: 0x26) {
            let halves = pair.split(separator: 0x3D, maxSplits: 1, omittingEmptySubsequences: false).map(Substring.init)
            guard let name = halves.first.flatMap({ PercentEncoding.decode($0, plusIsSpace: true) }),
                let value = halves.count < 2 ? "" : PercentEncoding.decode(halves[1], plusIsSpace: true)
            else { return nil }
            items.append((name, value))
        }
        return items
    }
}

extension Substring {
    /// Where what follows `mark` begins.
    fileprivate func range(ofAuthorityMark mark: String) -> Index? {
        var start = startIndex
        while start < endIndex {
            if self[start...].utf8.starts(with: mark.utf8) { return utf8.index(start, offsetBy: mark.utf8.count) }
            start = utf8.index(after: start)
        }
        return nil
    }
}
