import CCurl
import Glibc

extension HTTPHeaders {
    /// How long the peer asks to wait (RFC 9110 section 10.2.3): seconds or a date, at most a day; `nil` if it doesn't say.
    ///
    /// `retry-after-ms` is a finer form that OpenAI and Azure send beside it.
    package func retryAfter(now: Int = time(nil)) -> Duration? {
        if let milliseconds = Self.number(self["retry-after-ms"]) { return Self.limited(milliseconds / 1_000) }
        guard let text = self["Retry-After"] else { return nil }
        if let seconds = Self.number(text) { return Self.limited(seconds) }
        let date = curl_getdate(text, nil)
        return date < 0 ? nil : Self.limited(Double(date - now))
    }

    private static func number(_ text: String?) -> Double? {
        text.flatMap(Double.init).flatMap { $0 >= 0 && $0.isFinite ? $0 : nil }
    }

    private static func limited(_ seconds: Double) -> Duration {
        .seconds(min(max(0, seconds), 86_400))
    }
}
