// A program that a test starts and ends.
import Foundation
import Glibc

/// A child process on one socket for its standard input and output; its standard error is dropped.
///
/// Not Foundation's `Process`: its `run()` copies whole directory entries out of a buffer that ends before them, which
/// crashes now and then in a process with many descriptors (seen with Swift 6.3.1: `memcpy` below `Process.run()`).
public final class ChildProcess: @unchecked Sendable {
  public let id: pid_t
  /// This side of the socket; used by one thread at a time.
  private let descriptor: Int32
  private var status: Int32?

  /// Starts a program that is looked up in `PATH`.
  public init(_ command: [String]) throws {
    // Closed on exec from the start: a copy in another child would keep this one from seeing the end of its input.
    var ends: [Int32] = [0, 0]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw POSIXError(.EMFILE) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)

    // The threads of this process block signals; the child must not.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

    let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
    let arguments = command.map { strdup($0) } + [nil]
    let variables = environment.map { strdup($0) } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var id: pid_t = 0
    let failure = posix_spawnp(&id, command[0], &actions, &attributes, arguments, variables)
    Glibc.close(ends[1])
    self.id = id
    descriptor = ends[0]
    if failure != 0 {
      status = failure
      throw POSIXError(.ENOENT)
    }
  }

  deinit {
    if status == nil { kill(id, SIGKILL) }
    end()
    Glibc.close(descriptor)
  }

  /// Writes to its standard input; what a child that has ended does not take is dropped.
  public func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 || errno == EINTR else { return }
      rest = rest.dropFirst(max(0, count))
    }
  }

  /// Waits for more of its standard output; nil at the end.
  public func read() -> [UInt8]? {
    var block = [UInt8](repeating: 0, count: 65_536)
    var count = -1
    repeat { count = Glibc.read(descriptor, &block, block.count) } while count < 0 && errno == EINTR
    return count > 0 ? Array(block[..<count]) : nil
  }

  /// Closes its standard input; its output can still be read.
  public func endInput() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Closes its standard input and waits for its end.
  /// - Returns: the exit status; negative for a signal.
  @discardableResult
  public func end() -> Int32 {
    endInput()
    if let status { return status }
    var result: Int32 = 0
    while waitpid(id, &result, 0) < 0 && errno == EINTR {}
    let signal = result & 0x7f
    let status = signal == 0 ? (result >> 8) & 0xff : -signal
    self.status = status
    return status
  }
}
