/// Who asks, when, and under which id the logs know the request.
package struct RequestContext: Sendable {
    package let principal: Principal
    package let now: Timestamp
    package let requestID: String

    package init(principal: Principal, now: Timestamp, requestID: String) {
        self.principal = principal
        self.now = now
        self.requestID = requestID
    }
}
