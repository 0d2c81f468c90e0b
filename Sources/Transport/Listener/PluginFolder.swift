// Lets libwebsockets find its libuv part where a package for any Linux has put it: beside the program's own libraries.
import Glibc

/// libwebsockets loads its libuv part from the one folder that its build names. The packages that bring their own
/// libraries name the working folder there (`packaging/bundle.py`), which is `lib` beside the program's folder meanwhile.
enum PluginFolder {
  private static let part = "libwebsockets-evlib_uv.so"

  /// Runs `body` in that folder, where there is one. Only under ``ProcessLock``: the working folder is the process's.
  static func visit(_ body: () -> Void) {
    guard let folder, access("\(folder)/\(part)", R_OK) == 0 else { return body() }
    let back = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { if back >= 0 { close(back) } }
    guard back >= 0, chdir(folder) == 0 else { return body() }
    body()
    fchdir(back)
  }

  private static let folder: String? = {
    var bytes = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &bytes, bytes.count)
    guard length > 0 else { return nil }
    let program = String(decoding: bytes.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return program.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" } + "/lib"
  }()
}
