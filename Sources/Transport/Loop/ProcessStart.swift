// Sets up what belongs to the whole process before anything else of a program runs.
import Glibc

/// The first thing that a program's `main` does.
public enum ProcessStart {
  /// Writes to what nobody reads fail instead of ending the process. Descriptors 0 to 2 that are closed are opened, on
  /// nothing: otherwise the first file or socket would get such a number, and be read as standard input or be written the
  /// log into.
  public static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
      // The lowest free number is this one.
      guard open("/dev/null", O_RDWR) == descriptor else { return }
    }
  }
}
