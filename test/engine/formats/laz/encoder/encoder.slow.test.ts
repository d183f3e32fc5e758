import { compareEncodedFiles } from "../encoded-files.js"

compareEncodedFiles((sizeBytes) => sizeBytes >= 500_000)
