import type { DefineComponent } from 'vue'

type Props = { lang?: string, theme?: 'light' | 'dark' | 'auto', analyses?: string | string[], src?: string }
declare module 'vue' {
  interface GlobalComponents { 'kept-insights': DefineComponent<Props> }
}
export {}
