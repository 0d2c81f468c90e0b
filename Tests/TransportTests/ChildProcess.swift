// A program that a test starts (Foundation's own class trips AddressSanitizer on Linux).
import Foundation
import Glibc

/// A child on two pipes; ended and reaped with this object.
final class ChildProcess {
  struct CannotStart: Error { let cause: Int32 }

  private static let spawning = NSLock()
  private var id: pid_t = 0
  private var hasEnded = false
  /// Where its input is written.
  let input: Int32
  /// Where its output is read.
  let output: Int32

  init(_ program: String, _ arguments: [String]) throws {
    // A child that starts between another's pipes and their flags would hold them open.
    Self.spawning.lock()
    defer { Self.spawning.unlock() }
    // A write to a child that has ended is an error and not the end of the tests.
    signal(SIGPIPE, SIG_IGN)
    var toChild: [Int32] = [0, 0]
    var fromChild: [Int32] = [0, 0]
    guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { throw CannotStart(cause: errno) }
    for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    (input, output) = (toChild[1], fromChild[0])
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
    posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    let status = posix_spawn(&id, program, &actions, nil, &words, environ)
    for word in words { free(word) }
    posix_spawn_file_actions_destroy(&actions)
    close(toChild[0])
    close(fromChild[1])
    guard status == 0 else { throw CannotStart(cause: status) }
  }

  deinit {
    if !hasEnded {
      // Not SIGTERM: the child has inherited the signal mask of a thread that may block it.
      kill(id, SIGKILL)
      waitForEnd()
    }
    close(input)
    close(output)
  }

  func waitForEnd() {
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0 && errno == EINTR {}
    hasEnded = true
  }
}
