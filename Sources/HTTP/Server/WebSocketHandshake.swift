/// Checks what a client must send to be upgraded (RFC 6455 section 4.2.1).
enum WebSocketHandshake {
    static func check(_ request: HTTPRequest) throws(HTTPError) {
        guard request.isWebSocketUpgrade else {
            throw HTTPError(
                .upgradeRequired,
                code: "upgrade_required",
                "\(request.path) speaks WebSocket only.",
                headers: ["Upgrade": "websocket", "Sec-WebSocket-Version": "13"]
            )
        }
        guard request.headers["Sec-WebSocket-Version"] == "13" else {
            throw HTTPError(
                .upgradeRequired,
                code: "bad_websocket_version",
                "The server speaks version 13 of WebSocket.",
                headers: ["Upgrade": "websocket", "Sec-WebSocket-Version": "13"]
            )
        }
        guard request.headers.all("Sec-WebSocket-Key").count == 1, isKey(request.headers["Sec-WebSocket-Key"] ?? "")
        else {
            throw HTTPError(
                .badRequest,
                code: "bad_websocket_key",
                "Sec-WebSocket-Key must be 16 bytes in base64, and stand once."
            )
        }
    }

    /// The subprotocol, if the client has offered it: one that gets another must leave (RFC 6455 section 4.1).
    static func offered(_ subprotocol: String?, by request: HTTPRequest) -> String? {
        let offers = request.headers.all("Sec-WebSocket-Protocol").flatMap {
            $0.split { $0 == "," || $0 == " " || $0 == "\t" }
        }
        return subprotocol.flatMap { wanted in offers.contains { $0 == wanted } ? wanted : nil }
    }

    /// 16 bytes in base64: 22 digits and two pads.
    private static func isKey(_ key: String) -> Bool {
        key.utf8.count == 24 && key.hasSuffix("==")
            && key.utf8.dropLast(2).allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2F: true
                default: false
                }
            }
    }
}
