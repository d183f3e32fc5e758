import { compareRealFiles } from "./real-files.js"

compareRealFiles((sizeBytes) => sizeBytes >= 500_000)
