#if !os(Linux)
    import Foundation

    /// One WebSocket, on the system's own client; TLS, proxies and so on are its business.
    ///
    /// Events come one after the other, on a queue of the system.
    final class WebSocketClient: Sendable {
        private let task: URLSessionWebSocketTask
        private let handle: @Sendable (WebSocketEvent) -> Void

        init(_ request: WebSocketRequest, handle: @escaping @Sendable (WebSocketEvent) -> Void) {
            var upgrade = URLRequest(url: request.url)
            if let token = request.token { upgrade.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
            task = URLSession.shared.webSocketTask(with: upgrade)
            task.maximumMessageSize = request.maximumMessageBytes
            self.handle = handle
        }

        func start() {
            task.resume()
            receive()
        }

        private func receive() {
            task.receive { [task, handle, weak self] result in
                switch result {
                case .success(.string(let text)): handle(.text(Data(text.utf8)))
                // The server sends texts only.
                case .success: break
                case .failure(let error):
                    let code = task.closeCode == .invalid ? "" : " (close code \(task.closeCode.rawValue))"
                    return handle(.end(.connectionLost(error.localizedDescription + code)))
                }
                self?.receive()
            }
        }

        /// In the order of the calls; a failure is an end, and comes as one.
        func send(_ text: Data) {
            task.send(.string(String(decoding: text, as: UTF8.self))) { [handle] error in
                if let error { handle(.end(.connectionLost(error.localizedDescription))) }
            }
        }

        func close() {
            task.cancel(with: .normalClosure, reason: nil)
        }
    }
#endif
