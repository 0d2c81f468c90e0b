// What the program says on standard output once it serves.
import Basics
import Foundation
import RelayServer
import StrictJSON

/// The addresses of a running relay: a sentence on a terminal, one JSON object otherwise.
struct ReadyLine {
  private var addresses: JSONObject = ["event": "ready"]

  init(server: RelayServer, configuration: RelayConfiguration, mock: String? = nil) {
    switch (configuration.listener.address, server.port) {
    case (.tcp(let host, _), let port?):
      let authority = HostName.authority(host, port: port)
      let secure = configuration.listener.tls == nil ? "" : "s"
      let path = configuration.webRoot == nil ? "/" : "/console/"
      addresses["url"] = .string("http\(secure)://\(authority)\(path)")
      addresses["signaling"] = .string("ws\(secure)://\(authority)/v1/signaling")
    case (.unix(let path), _): addresses["unix"] = .string(path)
    case (.tcp, nil): break
    }
    switch (configuration.admin?.address, server.adminPort) {
    case (.tcp(let host, _), let port?):
      addresses["admin"] = .string("http://\(HostName.authority(host, port: port))")
    case (.unix(let path), _): addresses["admin"] = .string("unix:\(path)")
    case (.tcp, nil), (nil, _): break
    }
    if let mock { addresses["mock"] = .string(mock) }
  }

  /// Writes it. Whoever closed standard output does not want to know.
  func write() { try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) }

  private var text: String {
    guard isatty(STDOUT_FILENO) == 1, let url = addresses["url"]?.string else {
      return JSONValue.object(addresses).text + "\n"
    }
    let signaling = addresses["signaling"]?.string ?? ""
    let mock = addresses["mock"]?.string.map { "\n  mock provider  \($0)/__admin/sessions" } ?? ""
    return "\n  Open  \(url)\n  signaling      \(signaling)\(mock)\n  Ctrl-C ends it.\n\n"
  }
}
