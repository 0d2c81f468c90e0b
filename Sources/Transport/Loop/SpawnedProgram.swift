// Starts a program beside this one, on this one's terminal and streams, and tells how it ended.
import CTransport
import Glibc

/// A program that was started by the event loop. It shares standard input, output and error with this one.
public final class SpawnedProgram: @unchecked Sendable {
  /// How a program ended.
  public enum End: Sendable, Hashable {
    case exit(code: Int32)
    case signal(number: Int32)

    /// What a shell says in its place: the exit code, or 128 and the signal's number (POSIX.1-2024, Shell, 2.8.2).
    public var exitCode: Int32 {
      switch self {
      case .exit(let code): code
      case .signal(let number): 128 + number
      }
    }
  }

  private enum State {
    case made, running
    /// Its number may be another program's.
    case closed
  }

  private let loop: EventLoop
  private let handle = UnsafeMutablePointer<uv_process_t>.allocate(capacity: 1)
  private let ends: AsyncStream<End>
  private let ended: AsyncStream<End>.Continuation
  /// Confined to the loop's thread.
  private var state = State.made

  private init(on loop: EventLoop) {
    self.loop = loop
    (ends, ended) = AsyncStream.makeStream(of: End.self, bufferingPolicy: .bufferingOldest(1))
  }

  deinit { handle.deallocate() }

  /// Starts a program that is looked up in `PATH`. It has to end before the loop is stopped: see ``end()``.
  /// - Parameters:
  ///   - command: the program and its arguments; at least one word.
  ///   - environment: every variable as `NAME=value`.
  /// - Throws: ``SpawnError`` when there is no such program or it may not be run.
  public static func start(
    _ command: [String], environment: [String], on loop: EventLoop
  ) async throws(SpawnError) -> SpawnedProgram {
    let program = SpawnedProgram(on: loop)
    let status = await loop.perform { program.spawn(command, environment) }
    guard status == 0 else { throw SpawnError(program: command[0], cause: -status) }
    return program
  }

  private func spawn(_ command: [String], _ environment: [String]) -> Int32 {
    guard !loop.isStopping else { return Int32(UV_ECANCELED.rawValue) }
    var options = uv_process_options_t()
    var streams = (0..<3).map { descriptor in
      var stream = uv_stdio_container_t()
      stream.flags = UV_INHERIT_FD
      stream.data.fd = Int32(descriptor)
      return stream
    }
    var arguments = command.map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer { for text in arguments + variables { free(text) } }
    handle.pointee.data = CallbackBridge.pointer(to: self)
    let status = streams.withUnsafeMutableBufferPointer { streams in
      arguments.withUnsafeMutableBufferPointer { arguments in
        variables.withUnsafeMutableBufferPointer { variables in
          options.file = UnsafePointer(arguments[0])
          options.args = arguments.baseAddress
          options.env = variables.baseAddress
          options.stdio = streams.baseAddress
          options.stdio_count = 3
          options.exit_cb = CallbackBridge.programEnded
          return ProcessLock.shared { uv_spawn(loop.uvLoop, handle, &options) }
        }
      }
    }
    // The object lives until its handle is closed, which libuv demands even where nothing was started.
    loop.programs[ObjectIdentifier(self)] = self
    if status == 0 { state = .running } else { close() }
    return status
  }

  /// Sends it a signal; nothing happens once it has ended.
  public func send(_ signal: Int32) {
    loop.execute { [self] in
      if state == .running { uv_process_kill(handle, signal) }
    }
  }

  /// Waits for its end. To be called once.
  public func end() async -> End {
    var ends = ends.makeAsyncIterator()
    return await ends.next() ?? .signal(number: SIGKILL)
  }

  func hasEnded(_ end: End) {
    ended.yield(end)
    close()
  }

  /// The loop is stopping: nobody will be told how the program ends.
  func close() {
    guard state != .closed else { return }
    state = .closed
    ended.finish()
    uv_close(handle.asHandle, CallbackBridge.programClosed)
  }

  func isClosed() { loop.programs[ObjectIdentifier(self)] = nil }
}

/// Why a program could not be started.
public struct SpawnError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The program's name, as it was given.
  public let program: String
  /// An `errno`, as `ENOENT`.
  public let cause: Int32

  /// What a shell says in its place: 127 where there is no such program, 126 where it cannot be run.
  public var exitCode: Int32 { cause == ENOENT ? 127 : 126 }

  public var description: String { "\(program) cannot be run: \(String(cString: strerror(cause)))" }
}

extension CallbackBridge {
  static let programEnded: uv_exit_cb = { handle, status, signal in
    object(handle!.pointee.data, as: SpawnedProgram.self)
      .hasEnded(signal == 0 ? .exit(code: Int32(truncatingIfNeeded: status)) : .signal(number: signal))
  }

  static let programClosed: uv_close_cb = { object($0!.pointee.data, as: SpawnedProgram.self).isClosed() }
}
