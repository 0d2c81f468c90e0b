// Writes lines to a descriptor on a thread of its own, so that nobody waits for whoever reads them.
import Glibc

/// Lines that wait for a reader, in a bounded space. What finds no room is dropped, counted and said where it is missing.
/// Any thread may write; the state is only touched under the lock, which no one holds while a line is written.
public final class LineWriter: @unchecked Sendable {
  /// Makes the text of a line that stands for so many.
  public typealias Text = @Sendable (_ count: Int) -> String

  /// A kind of line of which there may be very many.
  private struct Kind {
    /// When the next line may be written.
    var next: Duration
    /// How many lines came since the last one that was written, and the latest of them.
    var count = 0
    var text: Text
  }

  /// Most bytes that wait, with ``lineOverhead`` for each line.
  public static let maximumBytes = 1024 * 1024
  /// What a line costs beside its bytes.
  static let lineOverhead = 64
  /// How many kinds are told apart at a time; what comes beyond that counts as one.
  static let maximumKinds = 64

  private let descriptor: Int32
  private let interval: Duration
  private let maximumBytes: Int
  private let describeLoss: Text
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let hasWork = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let isDone = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  private var lines: [[UInt8]] = []
  private var waitingBytes = 0
  private var kinds: [String: Kind] = [:]
  private var isWriting = false
  /// How many lines were dropped since that was said.
  private var untoldLoss = 0

  /// Starts the thread. It lasts until the process ends.
  /// - Parameters:
  ///   - interval: how often a line of a kind is written of which there may be very many.
  ///   - describeLoss: the line that says how many were dropped.
  public init(
    descriptor: Int32, maximumBytes: Int = LineWriter.maximumBytes, interval: Duration = .seconds(1),
    describeLoss: @escaping Text
  ) {
    self.descriptor = descriptor
    self.maximumBytes = maximumBytes
    self.interval = interval
    self.describeLoss = describeLoss
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(hasWork, &attributes)
    pthread_cond_init(isDone, &attributes)
    pthread_condattr_destroy(&attributes)
    // Where the system has no thread left the lines are dropped, and counted.
    _ = CallbackBridge.startThread { [self] in run() }
  }

  /// Takes a finished line with its line break.
  public func write(_ line: String) {
    let bytes = Array(line.utf8)
    locked {
      append(bytes)
      pthread_cond_signal(hasWork)
    }
  }

  /// Takes a line of a kind of which there may be very many: one is written at once, and then, once in an interval, the latest
  /// one, which stands for all since.
  /// - Parameter text: makes the line; called on any thread.
  public func write(_ kind: String, _ text: @escaping Text) {
    locked {
      let now = EventLoop.uptime
      let key = kinds[kind] != nil || kinds.count < Self.maximumKinds ? kind : ""
      if var known = kinds[key], known.count > 0 || now < known.next {
        known.count += 1
        known.text = text
        kinds[key] = known
      } else {
        append(Array(text(1).utf8))
        kinds[key] = Kind(next: now + interval, text: text)
      }
      pthread_cond_signal(hasWork)
    }
  }

  /// Waits until everything that came so far is written, lines that wait for others of their kind included.
  /// - Parameter time: how long at most, for a reader that does not read.
  /// - Returns: whether it is.
  @discardableResult
  public func flush(within time: Duration) -> Bool {
    let end = EventLoop.uptime + time
    return locked {
      writeKinds(at: nil)
      pthread_cond_signal(hasWork)
      while isWriting || !lines.isEmpty || untoldLoss > 0 {
        var deadline = Self.timespec(end)
        if pthread_cond_timedwait(isDone, mutex, &deadline) == ETIMEDOUT { return false }
      }
      return true
    }
  }

  // MARK: Under the lock

  private func locked<Value>(_ body: () -> Value) -> Value {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  private func append(_ line: [UInt8]) {
    let cost = line.count + Self.lineOverhead
    guard waitingBytes + cost <= maximumBytes, untoldLoss == 0 else {
      untoldLoss += 1
      return
    }
    lines.append(line)
    waitingBytes += cost
  }

  /// Writes a line for each kind whose time has come.
  /// - Parameter now: nil for all of them.
  private func writeKinds(at now: Duration?) {
    for (name, kind) in kinds where now.map({ $0 >= kind.next }) ?? true {
      kinds[name] = nil
      guard kind.count > 0 else { continue }
      append(Array(kind.text(kind.count).utf8))
      if let now { kinds[name] = Kind(next: now + interval, text: kind.text) }
    }
  }

  /// Waits for something to write.
  /// - Returns: the lines, and how many were dropped after them.
  private func nextLines() -> (lines: [[UInt8]], lost: Int) {
    isWriting = false
    while true {
      writeKinds(at: EventLoop.uptime)
      if !lines.isEmpty || untoldLoss > 0 { break }
      pthread_cond_broadcast(isDone)
      if let next = kinds.values.map(\.next).min() {
        var deadline = Self.timespec(next)
        pthread_cond_timedwait(hasWork, mutex, &deadline)
      } else {
        pthread_cond_wait(hasWork, mutex)
      }
    }
    defer { (lines, waitingBytes, untoldLoss, isWriting) = ([], 0, 0, true) }
    return (lines, untoldLoss)
  }

  // MARK: On the thread

  private func run() {
    while true {
      let (lines, lost) = locked { nextLines() }
      for line in lines { writeOut(line) }
      if lost > 0 { writeOut(Array(describeLoss(lost).utf8)) }
    }
  }

  /// One write a line, so that lines of several processes do not mix. What cannot be written is lost: a reader that went away or
  /// a full disk must not end anything.
  private func writeOut(_ line: [UInt8]) {
    var written = 0
    while written < line.count {
      let count = line.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
      if count >= 0 {
        written += count
      } else if errno == EAGAIN {
        // Somebody else has made the descriptor one that does not wait.
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&ready, 1, -1)
      } else if errno != EINTR {
        return
      }
    }
  }

  private static func timespec(_ time: Duration) -> Glibc.timespec {
    let (seconds, attoseconds) = time.components
    return Glibc.timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
  }
}
