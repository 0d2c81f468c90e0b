// Where libwebsockets' own log lines go.
import CTransport
import Logging
import Synchronization

/// libwebsockets has one log function a process; its lines go to the logger of the listener that started first.
enum LibraryLog {
  private static let logger = Mutex<Logger?>(nil)

  /// Warnings and errors only; Debian's build has nothing below notices.
  static func install(_ newLogger: Logger) {
    logger.withLock { logger in
      guard logger == nil else { return }
      logger = newLogger
      lws_set_log_level(Int32(LLL_ERR | LLL_WARN), CallbackBridge.logLine)
    }
  }

  static func write(level: Int32, _ line: String) {
    let text = line.trimmingCharacters()
    let level: Logger.Level = level == Int32(LLL_ERR) ? .error : .warning
    logger.withLock { $0 }?.log(level: level, "libwebsockets: \(text)")
  }
}

extension String {
  fileprivate func trimmingCharacters() -> String {
    var text = self[...]
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
